"""Forms of the editor."""

from wagtail.admin.forms import WagtailAdminPageForm

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.territories.forms import CommuneField

from .form_errors import StrayErrorsMixin


class SitePageForm(StrayErrorsMixin, WagtailAdminPageForm):
    """The editor of a site: the commune is typed, the map starts where the site is."""

    commune = CommuneField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "point" in self.fields and self.instance.latitude is not None:
            self.fields["point"].widget.start = (self.instance.latitude, self.instance.longitude)
        if "incoming_sites" in self.fields:
            self.fields["incoming_sites"].queryset = self._readable_sites()

    def _readable_sites(self):
        """Sites of origin that the editor may read, in the same département and the places already chosen."""
        sites = type(self.instance)._default_manager.visible_to(self.for_user, Feature.SITE_READ)
        if self.instance.commune_id:
            sites = sites.filter(commune__departement=self.instance.commune.departement_id)
        return sites.exclude(pk=self.instance.pk).order_by("title")

    def clean_commune(self):
        """Moving a site to another commune asks the right there too."""
        commune = self.cleaned_data["commune"]
        moved = type(self.instance)(commune=commune)
        if commune.pk != self.instance.commune_id and not can(self.for_user, Feature.SITE_UPDATE, moved):
            self.add_error("commune", "Vous n’avez pas le droit d’actualiser un site dans cette commune.")
        elif self.instance.pk and commune.departement_id != self.instance.commune.departement_id:
            self.add_error("commune", "Un site change de département par la fiche du site, pas par cet éditeur.")
        return commune
