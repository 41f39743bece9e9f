"""What migrations must not do without a word."""

from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.migrations.exceptions import IrreversibleError

_REFUSED = (
    "Revenir avant cette migration efface {count} {what} : rien n’est fait. "
    "Sauvegardez, puis relancez avec RB_DROP_DATA=true si c’est voulu."
)


class KeepData(migrations.RunPython):
    """The last operation of the first migration of a room: going back before it drops the rows of `table`.

    Refused, with IrreversibleError, while there are any and nobody has said that it is meant (`RB_DROP_DATA`); `what`
    they are is told in French.
    """

    def __init__(self, table: str, what: str):
        self.table, self.what = table, what
        super().__init__(migrations.RunPython.noop, self._refuse)

    def deconstruct(self) -> tuple[str, list, dict]:
        return type(self).__name__, [self.table, self.what], {}

    def _refuse(self, apps: Any, schema_editor: Any) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {schema_editor.quote_name(self.table)}")  # noqa: S608 - our own table
            count = cursor.fetchone()[0]
        if count and not settings.DROP_DATA:
            raise IrreversibleError(_REFUSED.format(count=count, what=self.what))
