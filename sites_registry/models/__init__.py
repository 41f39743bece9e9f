"""Models of the registry."""

from .pages import ClosingSolution, DepartmentPage, RegistryPage, SitePage
from .versions import SiteVersion

__all__ = ["ClosingSolution", "DepartmentPage", "RegistryPage", "SitePage", "SiteVersion"]
