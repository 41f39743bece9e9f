"""Measure the speed of what grows with the number of sites, on a database of its own: the body of `make bench`.

`make bench` prints one line per measure: how long, how many queries, and the budget it must keep. The exit status is 1
when a budget is broken. `--rows N` (10 000) says how many sites are imported, `--sites N` how many are there before.
"""

import argparse
import io
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
DATABASE = "rb_bench"
PERSON = "national@demo.test"
REPEATS = 5


@dataclass
class Measure:
    """One line of the table; seconds, megabytes where memory is looked at, kilobytes where what is sent is."""

    name: str
    seconds: float
    queries: int | None = None
    budget: float | None = None
    memory: float | None = None
    memory_budget: float | None = None
    size: float | None = None
    size_budget: float | None = None

    @property
    def is_kept(self) -> bool:
        pairs = ((self.seconds, self.budget), (self.memory, self.memory_budget), (self.size, self.size_budget))
        return all(spent is None or budget is None or spent <= budget for spent, budget in pairs)

    def __str__(self) -> str:
        spent = f"{self.seconds:9.3f} s" + (f" / {self.budget:g} s" if self.budget else "")
        memory = f"{self.memory:.0f} Mo / {self.memory_budget:.0f} Mo" if self.memory and self.memory_budget else ""
        if self.size and self.size_budget:
            memory = f"{self.size:.0f} ko / {self.size_budget:.0f} ko"
        queries = "" if self.queries is None else str(self.queries)
        return f"{self.name:<48} {spent:<20} {queries:>8}  {memory:<18}{'' if self.is_kept else ' TOO MUCH'}"


def create_database() -> None:
    """Point DATABASE_URL to a new, empty database of the same server."""
    import psycopg

    from rbsite import devdb

    data = Path(os.environ.get("RB_DATA_DIR") or ROOT / ".data").absolute()
    url = os.environ.get("DATABASE_URL") or devdb.ensure(data / "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rbsite.settings.dev")
    os.environ.setdefault("RB_DEMO", "1")


def fill(sites: int) -> None:
    """Tables, territories, and the demo's people and sites."""
    import django
    from django.core.management import call_command

    django.setup()
    quiet = io.StringIO()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("import_territories", stdout=quiet)
    call_command("seed_demo", sites=sites, stdout=quiet)


def measured(name: str, work: Callable[[], object], *, budget: float | None = None, repeats: int = 1) -> Measure:
    """Time `work` (the median of `repeats`) and count its queries."""
    from django.db import connection

    times, queries = [], 0

    def count(execute, sql, params, many, context):
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    for _ in range(repeats):
        queries = 0
        start = time.perf_counter()
        with connection.execute_wrapper(count):
            work()
        times.append(time.perf_counter() - start)
    return Measure(name, statistics.median(times), queries, budget)


def table(rows: int, *, people: int = 0) -> bytes:
    """An imported file: `rows` sites in towns of the whole country, with some sixty answers each."""
    from rbsite.spreadsheets.writers import write_csv
    from rbsite.territories.geo import is_near_departement
    from rbsite.territories.models import Territory
    from sites_registry.sites.exchange.columns import SITE_COLUMNS

    towns = list(
        Territory.objects.filter(kind="commune", latitude__isnull=False)
        .exclude(departement=None)
        .order_by("-population", "code")
        .select_related("departement", "region", "epci")[:2000]
    )
    towns = [town for town in towns if is_near_departement(town.latitude, town.longitude, town.departement_code)]
    columns = SITE_COLUMNS.only(column for column in SITE_COLUMNS.importable if not column.import_only)
    output = io.BytesIO()
    write_csv(columns, (site(rank, towns[rank % len(towns)], people) for rank in range(rows)), output)
    return output.getvalue()


def site(rank: int, town, people: int) -> dict:
    """The stored values of one invented site."""
    from sites_registry.models import SitePage
    from sites_registry.sites.models.state import STATE_FIELDS

    blank = SitePage()
    values = {name: getattr(blank, name) for name in STATE_FIELDS if name != "commune"}
    answers = {"is_reinstallation", "sanitary_working_toilets", "electricity_access", "trash_is_piling"}
    answers |= {"trash_evacuation_is_close", "trash_bulky_is_piling", "pest_animals_presence"}
    values |= {name: (True, False, None)[(rank + place) % 3] for place, name in enumerate(sorted(answers))}
    total = 20 + rank % 200 + people
    values |= {
        "address": f"{rank} chemin des Mesures",
        "name": f"Mesure {rank}",
        "site_type": "land",
        "built_at": date.today() - timedelta(days=900),
        "declared_at": date.today() - timedelta(days=700 - rank % 300),
        "population_total": total,
        "population_females": total // 2,
        "population_households": total // 4,
        "population_minors": total // 3,
        "caravans": rank % 20,
        "origins": ["eu"],
        "census_status": "none",
        "water_access_type": "reservoir",
        "point": "placed",
        "latitude": town.latitude,
        "longitude": town.longitude,
        "heatwave_risk": not rank % 7,
        "status": "open",
        "access_notes": "Par le portail.",
    }
    place = {
        "commune__code": town.code,
        "commune__name": town.name,
        "commune__departement__code": town.departement_code,
    }
    place |= {"commune__departement__name": town.departement.name}
    return values | place | {"external_id": f"MESURE-{rank}", "slug": "", "incoming_sites": []}


def imports(rows: int) -> list[Measure]:
    """The import of many rows: check, creation, check and update of all, the same again."""
    from rbsite.accounts.models import User
    from sites_registry.sites.exchange.importing import check_sites, import_sites

    person = User.objects.get(email=PERSON)
    first, second = table(rows), table(rows, people=3)

    def run(work: Callable, content: bytes, created: int, changed: int) -> None:
        report = work(content, by=person)
        if (report.created, report.changed, len(report.problems)) != (created, changed, 0):
            sys.exit(f"{report.summary}\n" + "\n".join(str(problem) for problem in report.problems[:5]))

    scale = max(rows / 10_000, 0.3)  # the first import of a département makes its page
    return [
        measured(f"import, check of {rows} new rows", lambda: run(check_sites, first, rows, 0), budget=10 * scale),
        measured(f"import, creation of {rows} sites", lambda: run(import_sites, first, rows, 0), budget=20 * scale),
        measured(f"import, {rows} rows unchanged", lambda: run(import_sites, first, 0, 0), budget=20 * scale),
        measured(f"import, check of {rows} changed rows", lambda: run(check_sites, second, 0, rows), budget=10 * scale),
        measured(f"import, update of {rows} sites", lambda: run(import_sites, second, 0, rows), budget=20 * scale),
    ]


def tree() -> Measure:
    """The page tree must be sound after all that."""
    from wagtail.models import Page

    def check() -> None:
        if any(found for found in Page.find_problems()):
            sys.exit("The page tree is broken.")

    return measured("page tree, find_problems()", check)


def exports() -> list[Measure]:
    """Each format as its own process, so that its memory can be read."""
    measures = []
    with tempfile.TemporaryDirectory() as folder:
        for file_format, budget in (("csv", None), ("geojson", None), ("xlsx", 8.0)):
            output = Path(folder) / f"sites.{file_format}"
            measures.append(_export(file_format, output, budget))
    return measures


def _export(file_format: str, output: Path, budget: float | None) -> Measure:
    """Time of one command once Django has started, and highest memory (VmHWM) of its whole process."""
    arguments = ["export_data", "sites", "--format", file_format, "--user", PERSON, "-o", str(output)]
    program = (
        "import pathlib, sys, time, django; from django.core.management import call_command; django.setup(); "
        "start = time.perf_counter(); call_command(*sys.argv[1:]); print('seconds', time.perf_counter() - start); "
        "print(pathlib.Path('/proc/self/status').read_text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--with", "gps", "acces"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if len(line.split()) > 1)
    seconds, peak, count = float(said["seconds"]), int(said["VmHWM:"].split()[0]), done.stdout.split()[0]
    name = f"export_data {file_format}, {count} sites"
    return Measure(name, seconds, budget=budget, memory=peak / 1024, memory_budget=200)


def pages() -> list[Measure]:
    """What partners open all day, as somebody who sees everything and as somebody of one département."""
    from django.conf import settings
    from django.test import Client, override_settings

    from rbsite.accounts.models import User
    from sites_registry.models import SitePage

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}).enable()  # nothing was collected here
    measures = []
    for email, who in ((PERSON, "nation"), ("prefecture31@demo.test", "département")):
        client = Client()
        person = User.objects.get(email=email)
        client.force_login(person)
        one = SitePage.objects.visible_to(person).with_places().order_by("pk").first()
        addresses = {
            "list": "/sites/",
            "list, filtered": "/sites/?onglet=ouverts&personnes=10-99&conditions=water&tri=nom",
            "list, searched": "/sites/?q=chemin mesures 31",
            "list, last page": "/sites/?page=9999",
            "site": one.address_on_platform,
            "dashboard": "/tableau-de-bord/",
            "export, choice": "/sites/exporter/",
        }
        for name, address in addresses.items():
            measures.append(
                measured(f"page {name} ({who})", lambda c=client, a=address: _get(c, a), budget=1, repeats=REPEATS)
            )
    return measures


def _get(client, address: str, expected: int = 200, **headers):
    answer = client.get(address, headers=headers)
    if answer.status_code != expected:
        sys.exit(f"{address}: {answer.status_code}")
    return answer


def maps() -> list[Measure]:
    """The map of all the sites: its data, the same when the browser has them, and the first marks in a browser."""
    from django.db import connection
    from django.test import Client

    from rbsite.accounts.models import User

    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself within a minute of the imports
    client = Client()
    client.force_login(User.objects.get(email=PERSON))
    address = "/sites/carte/donnees.json"
    answer = _get(client, address, accept_encoding="gzip")
    count, tag = len(_get(client, address).json()["sites"]["code"]), answer["ETag"]
    known = measured("map data, 304", lambda: _get(client, address, 304, if_none_match=tag), budget=0.01, repeats=20)
    data = measured(
        f"map data, {count} sites",
        lambda: _get(client, address, accept_encoding="gzip"),
        budget=0.3,
        repeats=REPEATS,
    )
    data.size, data.size_budget = len(answer.content) / 1000, 400
    page = measured("page map (nation)", lambda: _get(client, "/sites/carte/"), budget=1, repeats=REPEATS)
    return [page, data, known, _first_marks(client.cookies["sessionid"].value)]


def _first_marks(session: str) -> Measure:
    """Time from the click to marks that can be pressed, nothing being in the browser's cache; the median."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread
    from playwright.sync_api import sync_playwright

    logging.getLogger("django.server").disabled = True  # pages left before their last image
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    url, times = f"http://127.0.0.1:{server.port}", []
    with sync_playwright() as playwright:
        path = os.environ.get("RB_CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(REPEATS):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
            page = context.new_page()
            start = time.perf_counter()
            page.goto(f"{url}/sites/carte/", wait_until="commit")
            page.locator(".leaflet-marker-icon").first.wait_for()
            times.append(time.perf_counter() - start)
            context.close()
        browser.close()
    server.terminate()
    return Measure("map, first marks in a browser", statistics.median(times), budget=1.5)


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--sites", type=int, default=1_000)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", "No directory at")  # static files are served from their folders here
    create_database()
    print("→ Preparing the database", flush=True)
    fill(options.sites)
    print(f"{'measure':<48} {'time / budget':<20} {'queries':>8}  memory", flush=True)
    broken = 0
    for step in (lambda: imports(options.rows), lambda: [tree()], exports, pages, maps):
        for measure in step():
            print(measure, flush=True)
            broken += not measure.is_kept
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
