"""The page of the registry in the demonstration: only signed-in people open it."""

from wagtail.models import PageViewRestriction, Site

from rbsite.base.demo import plant
from sites_registry.tree import RegistryPage


def plant_tree() -> RegistryPage:
    """Create the registry under the home that the room of public pages plants, once."""
    existing = RegistryPage.objects.first()
    if existing is not None:
        return existing
    plant()
    home = Site.objects.get(is_default_site=True).root_page
    registry = home.add_child(instance=RegistryPage(title="Sites", slug="sites"))
    PageViewRestriction.objects.create(page=registry, restriction_type=PageViewRestriction.LOGIN)
    return registry
