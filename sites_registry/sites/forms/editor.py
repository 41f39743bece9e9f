"""The form of Wagtail's editor."""

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.territories.forms import CommuneField
from sites_registry.versioned.forms import VersionedPageForm

_NOT_THERE = "Vous n’avez pas le droit d’actualiser un site dans cette commune."
_ANOTHER_DEPARTEMENT = "Un site change de département par la fiche du site, pas par cet éditeur."


class SitePageForm(VersionedPageForm):
    """The editor of a site: the commune is typed, the map starts where the site is."""

    commune = CommuneField()
    stands_for = {"point": "coordinates"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "point" in self.fields and self.instance.latitude is not None:
            self.fields["point"].widget.start = (self.instance.latitude, self.instance.longitude)

    def clean_commune(self):
        """Moving a site to another commune asks the right there too."""
        commune = self.cleaned_data["commune"]
        if not self.is_mine("commune", self.cleaned_data):
            return self.live.commune
        if commune.pk != self.live.commune_id and not can(self.for_user, Feature.SITE_UPDATE, commune):
            self.add_error("commune", _NOT_THERE)
        elif commune.departement_id != self.live.commune.departement_id:
            self.add_error("commune", _ANOTHER_DEPARTEMENT)
        return commune
