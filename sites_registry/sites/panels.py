"""Panels of the editor that know the rules of a site."""

from wagtail.admin.panels import FieldPanel
from wagtailgeowidget.panels import LeafletPanel

from sites_registry.versioned import panels
from sites_registry.versioned.panels import ChildAnswerPanel, when_relevant

from .rules import RELEVANT_WHEN
from .widgets import AddressInput, SiteMapInput


def question(name: str) -> FieldPanel:
    """A field that shows only when its question applies (`rules.RELEVANT_WHEN`)."""
    return panels.question(name, RELEVANT_WHEN)


def origins_panel() -> ChildAnswerPanel:
    """Sites of origin, when the question applies."""
    return ChildAnswerPanel("incoming_sites", **when_relevant("incoming_sites", RELEVANT_WHEN, {}))


class AddressPanel(FieldPanel):
    """An address whose search moves the marker of the map and fills in the commune."""

    def get_form_options(self):
        options = super().get_form_options()
        options["widgets"] = {self.field_name: AddressInput()}
        return options


class PointPanel(LeafletPanel):
    """The map of the geo widget with our own Leaflet and base map; the marker can be dragged."""

    def widget_overrides(self):
        return {self.field_name: SiteMapInput(address_field="address", id_prefix="id_", srid=4326)}
