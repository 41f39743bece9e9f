"""Forms of import and export."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.forms import RbForm
from rbsite.spreadsheets.books import MAX_BYTES, MAX_MEGABYTES, TOO_HEAVY, UnreadableFile
from rbsite.spreadsheets.questions import proposals_of

from .columns import PARTS
from .decisions import Decisions
from .importing import open_file

OPTIONAL_PARTS = [(part.key, part.label) for part in PARTS.values() if not part.always]
_FILES = "Classeur .xlsx, .xlsm ou .ods, ou fichier .csv. {megabytes} Mo et 20 000 lignes au plus."
_NO_SITES = (
    "Aucun titre de ce tableau ne parle de sites : il n’est pas gardé. Vérifiez la feuille et la ligne des titres, ou "
    "partez du modèle."
)
FORMATS = [
    ("xlsx", "Classeur Excel (.xlsx)"),
    ("csv", "Texte (.csv)"),
    ("geojson", "Carte (.geojson)"),
]


class ImportForm(RbForm):
    """The file to import."""

    file = forms.FileField(
        label="Tableau des sites",
        help_text=_FILES.format(megabytes=MAX_MEGABYTES),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.ods,.csv,.txt"}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_file(self) -> bytes:
        """The bytes of a file that can be read as a table."""
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise ValidationError(TOO_HEAVY)
        self.file_name = upload.name[:255]
        content = upload.read()
        try:
            self.opened = open_file(content, by=self.user, decisions=Decisions())
        except UnreadableFile as error:
            raise ValidationError(str(error)) from error
        headers = self.opened.headers
        if not (headers.columns or proposals_of(self.opened)):
            raise ValidationError(_NO_SITES)
        return content


class ExportForm(RbForm):
    """What the exported file holds; names are those of the address, beside the filters of the list."""

    format = forms.ChoiceField(label="Format", choices=FORMATS, widget=forms.RadioSelect)
    parties = forms.MultipleChoiceField(
        label="Contenu",
        choices=OPTIONAL_PARTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="La localisation, les caractéristiques et les habitants y sont toujours.",
    )
    date = forms.DateField(
        label="Situation au", required=False, help_text="Vide : la situation d’aujourd’hui. Sinon, celle de ce jour-là."
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not can(user, Feature.HISTORY_EXPORT):
            del self.fields["date"]

    def clean_parties(self) -> list[str]:
        """Only what the person has ticked; an address without the question means what is ticked at first."""
        if not {"parties", "choix"} & set(self.data):
            return [part.key for part in PARTS.values() if part.ticked and not part.always]
        return self.cleaned_data["parties"]

    def clean_date(self) -> Any:
        date = self.cleaned_data["date"]
        if date and date > timezone.localdate():
            raise ValidationError("La date ne peut pas être dans le futur.")
        return date

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("format") == "geojson" and "gps" not in cleaned.get("parties", ()):
            self.add_error("parties", "Une carte a besoin des positions : cochez « Coordonnées GPS ».")
        return cleaned
