"""The address search and the map of the editor."""

import json

from django import forms
from django.utils.functional import cached_property
from wagtail.admin.telepath import register
from wagtailgeowidget.widgets import GeocoderField, LeafletField, LeafletFieldAdapter


class AddressInput(GeocoderField):
    """Address search of the geo widget, asking our own geocoder so that no address leaves for a third party."""

    def build_attrs(self, *args, **kwargs):
        attrs = super().build_attrs(*args, **kwargs)
        attrs["data-controller"] = "rb-address"
        return attrs

    @property
    def media(self):
        return forms.Media(js=["wagtailgeowidget/js/geocoder-field.js", "rb/js/editor-address.js"])


class SiteMapInput(LeafletField):
    """Map of the geo widget with the Leaflet that we serve (upstream fetches it from a third party)."""

    #: Where the marker waits while nobody has placed the site: (latitude, longitude) in degrees.
    start: tuple[float, float] | None = None

    def build_attrs(self, *args, **kwargs):
        attrs = super().build_attrs(*args, **kwargs)
        if not self.value_data and self.start:
            options = json.loads(attrs["data-leaflet-field-options-value"])
            options["defaultLocation"] = {"lat": self.start[0], "lng": self.start[1]}
            attrs["data-leaflet-field-options-value"] = json.dumps(options)
        return attrs

    @cached_property
    def media(self):
        return forms.Media(
            css={"all": ("wagtailgeowidget/css/leaflet-field.css", "vendor/leaflet-1.9.4/leaflet.css")},
            js=(
                "vendor/leaflet-1.9.4/leaflet.js",
                "rb/js/leaflet-icons.js",
                "wagtailgeowidget/js/leaflet-field.js",
                "wagtailgeowidget/js/leaflet-field-controller.js",
            ),
        )


register(LeafletFieldAdapter(), SiteMapInput)
