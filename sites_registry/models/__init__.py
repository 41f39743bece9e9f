"""Models of the registry."""

from .exchange import ImportDraft
from .pages import ClosingSolution, DepartmentPage, RegistryPage, SitePage
from .people import Intervention, Pin
from .phases import Phase, SitePhase
from .versions import SiteVersion

__all__ = [
    "ClosingSolution",
    "DepartmentPage",
    "ImportDraft",
    "Intervention",
    "Phase",
    "Pin",
    "RegistryPage",
    "SitePage",
    "SitePhase",
    "SiteVersion",
]
