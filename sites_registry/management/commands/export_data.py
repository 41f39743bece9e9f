"""`manage.py export_data sites --format csv --user EMAIL -o FILE`."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.http import QueryDict

from rbsite.spreadsheets.writers import WRITERS
from sites_registry.sites.exchange.columns import PARTS
from sites_registry.sites.exchange.exports import SiteExport, default_parts

from .import_data import user_of


class Command(BaseCommand):
    """Export what a person may export, with the filters of the list."""

    help = "Exporte les sites qu’une personne peut exporter, avec les filtres de la liste."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=["sites"], metavar="{sites}", help="ce qui est exporté")
        parser.add_argument("--format", choices=sorted(WRITERS), default="csv", dest="file_format", help="csv")
        parser.add_argument("--user", required=True, metavar="EMAIL", help="personne avec les droits de qui on exporte")
        parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="fichier à écrire")
        parser.add_argument("--filters", default="", metavar="QUERY", help="filtres de la liste : « onglet=fermes »")
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="état à cette date : AAAA-MM-JJ")
        unticked = [part.key for part in PARTS.values() if not (part.always or part.ticked)]
        parser.add_argument(
            "--with", nargs="+", choices=unticked, default=[], dest="more_parts", help="parties en plus : gps, acces"
        )

    def handle(self, *args: Any, output: Path, file_format: str, **options: Any) -> None:
        person = user_of(options["user"])
        parts = default_parts() | set(options["more_parts"]) | ({"gps"} if file_format == "geojson" else set())
        try:
            export = SiteExport(person, QueryDict(options["filters"]), parts, options["as_of"])
            with transaction.atomic(), output.open("wb") as file:
                count = export.write(file_format, file)
        except (PermissionDenied, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        except OSError as error:
            raise CommandError(f"Impossible d’écrire {output} ({error.strerror}).") from error
        self.stdout.write(f"{count} sites exportés dans {output}")
