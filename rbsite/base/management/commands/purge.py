"""`manage.py purge [--dry-run]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from rbsite.base.retention import RETAINED

_NOTHING = "{label} : rien de plus de {days} jours."
_FOUND = "{label} : {count} de plus de {days} jours, à supprimer."
_DONE = "{label} : {count} de plus de {days} jours, suppression faite."


class Command(BaseCommand):
    """Delete what is past the time for which it is kept, one transaction for each kind."""

    help = "Supprime ce que la plateforme a gardé le temps prévu ; une ligne pour chaque sorte de données."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="dit ce qui serait supprimé, sans rien supprimer")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        for retained in RETAINED:
            count = retained.count(now) if dry_run else retained.purge(now)
            words = _NOTHING if not count else _FOUND if dry_run else _DONE
            self.stdout.write(words.format(label=retained.label, count=count, days=retained.days))
