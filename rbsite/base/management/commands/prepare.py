from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from rbsite.base.preparation import PREPARATIONS, missing_migrations

#: Any number that no other part of the platform uses: two servers that start at once prepare one after the other.
_LOCK = 0x9E9A8E
_AWAY = "La base de données ne répond pas : vérifiez DATABASE_URL. ({reason})"


class Command(BaseCommand):
    """Bring the database, the reference data, the first pages and the static files to what this version needs.

    Safe to run at each release, on several servers at once: what is done is left alone.
    """

    help = (
        "Prépare tout ce dont cette version a besoin : base de données, communes, premières pages, fichiers statiques."
    )

    def handle(self, *args, **options) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 0")  # another one may be preparing for minutes
                cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        except OperationalError as error:
            raise CommandError(_AWAY.format(reason=error)) from error
        if count := missing_migrations():
            self.stdout.write("Base de données : {count} étapes".format(count=count))
            call_command("migrate", verbosity=0, interactive=False)
        for preparation in PREPARATIONS:
            if not preparation.is_done():
                self.stdout.write(preparation.label)
                preparation.do()
        self.stdout.write("Fichiers statiques")
        call_command("collectstatic", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        self.stdout.write("La plateforme est prête : démarrez, ou redémarrez, gunicorn.")
