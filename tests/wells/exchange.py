from django.core.exceptions import PermissionDenied

from rbsite.accounts.enums import Feature
from rbsite.spreadsheets.columns import Column, Columns
from rbsite.spreadsheets.tables import read_table
from rbsite.spreadsheets.values import read_integer, read_text
from sites_registry.versioned import verbs

from .models import Well

COLUMNS = Columns((Column("name", "Nom", read=read_text, required=True), Column("litres", "Litres", read=read_integer)))


def import_wells(content: bytes, by):
    table = read_table(content, COLUMNS)
    for row in table.rows:
        well = Well.objects.visible_to(by, Feature.SITE_UPDATE).get(name=row.values.pop("name"))
        try:
            verbs.update(well, row.values, by=by, feature=Feature.SITE_UPDATE)
        except PermissionDenied as error:
            table.refuse(row, {"litres": str(error)})
    return table.report
