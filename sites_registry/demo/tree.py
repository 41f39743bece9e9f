"""The page of the registry in the demonstration."""

from rbsite.base.demo import plant
from sites_registry.tree import RegistryPage, plant_registry


def plant_tree() -> RegistryPage:
    """Create the registry under the home that the room of public pages plants, once."""
    existing = RegistryPage.objects.first()
    if existing is not None:
        return existing
    plant()
    return plant_registry()
