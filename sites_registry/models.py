"""Every model of the registry, where Django looks for them."""

from .sites.models import (
    ClosingSolution,
    ImportDraft,
    ImportMapping,
    Intervention,
    Phase,
    Pin,
    SitePage,
    SitePhase,
    SiteVersion,
)
from .tree import DepartmentPage, RegistryPage

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
