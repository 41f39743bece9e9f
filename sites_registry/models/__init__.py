"""Models of the registry."""

from .exchange import ImportDraft, ImportMapping
from .pages import ClosingSolution, DepartmentPage, RegistryPage, SitePage
from .people import Intervention, Pin
from .phases import Phase, SitePhase
from .versions import SiteVersion

__all__ = [
    "ClosingSolution",
    "DepartmentPage",
    "ImportDraft",
    "ImportMapping",
    "Intervention",
    "Phase",
    "Pin",
    "RegistryPage",
    "SitePage",
    "SitePhase",
    "SiteVersion",
]
