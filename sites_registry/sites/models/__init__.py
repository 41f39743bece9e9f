"""Models of sites."""

from .exchange import ImportDraft, ImportMapping
from .pages import ClosingSolution, SitePage
from .people import Intervention, Pin
from .phases import Phase, SitePhase
from .versions import SiteVersion

__all__ = [
    "ClosingSolution",
    "ImportDraft",
    "ImportMapping",
    "Intervention",
    "Phase",
    "Pin",
    "SitePage",
    "SitePhase",
    "SiteVersion",
]
