"""Panels of the editor that know the rules of a site."""

from wagtail.admin.panels import FieldPanel
from wagtailgeowidget.panels import LeafletPanel

from .rules import RELEVANT_WHEN
from .widgets import AddressInput, SiteMapInput


def question(name: str, **kwargs) -> FieldPanel:
    """A field that shows only when its question applies (`rules.RELEVANT_WHEN`), as the server will keep it."""
    return FieldPanel(name, **_when_relevant(name, kwargs))


def _when_relevant(name: str, kwargs: dict) -> dict:
    if name in RELEVANT_WHEN:
        kwargs.setdefault("attrs", {})["data-rb-when"] = RELEVANT_WHEN[name].spec
    return kwargs


class OriginsPanel(FieldPanel):
    """Sites of origin, left out of comparisons of revisions: those would name sites that the reader may not read."""

    def __init__(self, field_name: str, **kwargs):
        super().__init__(field_name, **_when_relevant(field_name, kwargs))

    class BoundPanel(FieldPanel.BoundPanel):
        def get_comparison(self):
            return []


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
