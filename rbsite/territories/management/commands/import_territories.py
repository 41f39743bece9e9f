"""`manage.py import_territories [DIR]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rbsite.territories.loading import MILLESIME, write_rows
from rbsite.territories.models import Territory
from rbsite.territories.reading import BadReferenceFile, read_rows

BUNDLED = Path(__file__).resolve().parent.parent.parent / "data"


class Command(BaseCommand):
    """Load the official territories, all or nothing; running it again changes nothing."""

    help = "Charge les territoires (régions, départements, EPCI, communes…) livrés avec la plateforme, ou ceux de DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=BUNDLED, metavar="DIR", help="dossier des fichiers CSV"
        )
        parser.add_argument("--millesime", default=MILLESIME, help="année du code officiel géographique (2026)")

    def handle(self, *args: Any, folder: Path, millesime: str, **options: Any) -> None:
        try:
            rows = read_rows(folder)
        except BadReferenceFile as error:
            raise CommandError(str(error)) from error
        created, changed = write_rows(rows, millesime=millesime)
        self.stdout.write(f"{created} créés, {changed} modifiés")
        if absent := Territory.objects.count() - len(rows):
            self.stdout.write(
                "{absent} territoires ne figurent pas dans les fichiers : conservés tels quels.".format(absent=absent)
            )
