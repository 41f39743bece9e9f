from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from rbsite.territories.loading import BadReferenceFile, read_rows, write_rows

BUNDLED = Path(__file__).resolve().parent.parent.parent / "data"


class Command(BaseCommand):
    """Load the official territories; running it again changes nothing."""

    help = "Charge les territoires (régions, départements, EPCI, communes…) depuis les fichiers fournis ou DOSSIER."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=BUNDLED, help="dossier des fichiers CSV")

    def handle(self, *args, folder: Path, **options):
        try:
            created, changed = write_rows(read_rows(folder))
        except BadReferenceFile as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{created} créés, {changed} modifiés")
