"""`manage.py export_data {sites,organisations…} --format csv --user EMAIL -o FILE`."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from rbsite.spreadsheets.kinds import KINDS, Asked
from rbsite.spreadsheets.writers import WRITERS

from .import_data import user_of

_DONE = "{count} {exported} dans {path}"
_NO_FORMAT = "Formats possibles pour « {kind} » : {formats}."
_NO_FILE = "Impossible d’écrire {path} ({reason})."


class Command(BaseCommand):
    """Export what a person may export, with the filters of its list."""

    help = "Exporte ce qu’une personne peut exporter, avec les filtres de la liste."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[kind.key for kind in KINDS], help="ce qui est exporté")
        parser.add_argument("--format", choices=sorted(WRITERS), default="csv", dest="file_format", help="csv")
        parser.add_argument("--user", required=True, metavar="EMAIL", help="personne avec les droits de qui on exporte")
        parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="fichier à écrire")
        parser.add_argument("--filters", default="", metavar="QUERY", help="filtres de la liste : « onglet=fermes »")
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="état à cette date : AAAA-MM-JJ")
        parts = sorted({part for kind in KINDS for part in kind.more_parts})
        parser.add_argument(
            "--with", nargs="+", choices=parts, default=[], dest="more_parts", help="parties en plus : gps, acces"
        )

    def handle(self, *args: Any, output: Path, file_format: str, **options: Any) -> None:
        kind, person = KINDS[options["kind"]], user_of(options["user"])
        if file_format not in kind.formats:
            raise CommandError(_NO_FORMAT.format(kind=kind.key, formats=", ".join(kind.formats)))
        asked = Asked(options["filters"], options["as_of"], tuple(options["more_parts"]))
        try:
            with transaction.atomic(), output.open("wb") as file:
                count = kind.export(person, file_format, asked, file)
        except (PermissionDenied, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        except OSError as error:
            raise CommandError(_NO_FILE.format(path=output, reason=error.strerror)) from error
        self.stdout.write(_DONE.format(count=count, exported=kind.exported, path=output))
