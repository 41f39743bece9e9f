from datetime import date, datetime, time
from random import Random

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from wagtail.models import Page

from rbsite.accounts.models import User
from rbsite.base.waiting import patient
from sites_registry.demo.following import follow_sites
from sites_registry.demo.people import ACCOUNT_EMAILS, Writers, create_people
from sites_registry.demo.plan import OPEN_SHARE, places, plan_sites, quotas
from sites_registry.demo.sites import Story
from sites_registry.demo.tree import plant_tree
from sites_registry.demo.writing import DepartementWriter, new_page_keys
from sites_registry.models import ClosingSolution, SitePage, SiteVersion


class Command(BaseCommand):
    """Fill an empty platform with invented data: pages, organisations, people, sites and five years of their history.

    Deterministic for a seed and a day: dates count back from the midnight of today, so that some sites always look
    fresh and others not. Running it again does nothing.
    """

    help = "Crée les données de démonstration, toutes inventées (à ne jamais lancer sur une installation réelle)."

    def add_arguments(self, parser):
        parser.add_argument("--sites", type=int, default=1220, help="nombre de sites, dont un quart ouverts")
        parser.add_argument("--seed", type=int, default=2026, help="graine du hasard")

    @transaction.atomic
    def handle(self, *args, sites: int, seed: int, **options):
        if not settings.DEMO:
            raise CommandError("Le mot de passe de la démonstration est public : définissez RB_DEMO=1 pour l'accepter.")
        if User.objects.filter(email=ACCOUNT_EMAILS[0]).exists():
            self.stdout.write("Les données de démonstration sont déjà là : rien à faire.")
            return
        if sites < 1:
            raise CommandError("Il faut au moins un site.")
        departements, towns = places()
        if not departements:
            raise CommandError("Aucune commune : lancez d'abord « manage.py import_territories ».")
        plant_tree()
        today = timezone.localdate()
        midnight = timezone.make_aware(datetime.combine(today, time.min))
        writers = create_people(departements, towns, Random(seed), midnight)  # noqa: S311 - invented data
        states = 0
        shares = quotas(departements, sites)
        open_shares = quotas(departements, round(sites * OPEN_SHARE))
        for place in departements:
            count, count_open = shares[place.code], min(shares[place.code], open_shares[place.code])
            if count:
                rng = Random(f"{seed}-{place.code}")  # noqa: S311 - invented data
                states += _seed_departement(towns[place.pk], count, count_open, writers, rng, today)
        follow_sites(Random(f"{seed}-following"))  # noqa: S311 - invented data
        _analyse()
        people = User.objects.count()
        self.stdout.write(
            "{sites} sites, {states} états, {people} personnes créés".format(sites=sites, states=states, people=people)
        )


def _seed_departement(towns: list, count: int, count_open: int, writers: Writers, rng: Random, today: date) -> int:
    """Write the sites of one département and return the number of their states."""
    plans = plan_sites(towns, new_page_keys(count), count_open, rng, today)
    former = [plan for plan in plans if not plan.is_open]
    stories = [(plan, list(Story(plan, former, rng, today).events())) for plan in plans]
    return DepartementWriter(towns[0], writers, rng).write(stories)


def _analyse() -> None:
    """Tell the planner what has just come, so that the first pages are as quick as the next ones."""
    tables = [model._meta.db_table for model in (Page, SitePage, SiteVersion, ClosingSolution)]
    with patient("5min"), connection.cursor() as cursor:  # a vacuum of PostgreSQL's own may be at work
        cursor.execute(f"ANALYZE {', '.join(connection.ops.quote_name(table) for table in tables)}")
