"""Models of the registry."""

from .exchange import ImportDraft
from .pages import ClosingSolution, DepartmentPage, RegistryPage, SitePage
from .versions import SiteVersion

__all__ = ["ClosingSolution", "DepartmentPage", "ImportDraft", "RegistryPage", "SitePage", "SiteVersion"]
