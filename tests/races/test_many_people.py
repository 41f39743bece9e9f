"""Sixteen people at once, for a time: nobody meets an error, and what was saved is there."""

import os
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import pytest
import requests

from sites_registry.models import SitePage, SiteVersion
from tests.factories import PASSWORD, UserFactory, make_site
from tests.sites_registry.test_updates import address, form_values

from .conftest import Browser, at_once

PEOPLE, SECONDS, LONG = 16, 8, 60
#: What each does, in turn; a fixed share of each.
DEEDS = ("search", "list", "save", "read", "pin", "save", "export", "sign in", "send table", "map")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


class Person:
    """Somebody with a site of their own, at work until a moment."""

    def __init__(self, server, user, site, form, ends: float):
        self.browser: Browser = server(user)
        self.user, self.site, self.form, self.ends = user, site, form, ends
        self.session = requests.Session()
        self.people, self.faults, self.done = 0, [], Counter()

    def work(self) -> None:
        start = self.site.pk % len(DEEDS)
        for deed in cycle(DEEDS[start:] + DEEDS[:start]):
            if time.monotonic() > self.ends:
                return
            status = getattr(self, deed.replace(" ", "_"))()
            self.done[deed] += 1
            if status not in (200, 302):
                self.faults.append((deed, status))

    def search(self) -> int:
        return self.browser.get("/recherche/?q=rue+haute").status

    def list(self) -> int:
        return self.browser.get("/sites/").status

    def map(self) -> int:
        return self.browser.get("/sites/carte/").status

    def read(self) -> int:
        page = self.browser.get(self.site.address_on_platform)
        if f"{self.people}" not in page.text:
            self.faults.append(("read", self.people))
        return page.status

    def save(self) -> int:
        self.people = 10 + (self.people + 7) % 80
        seen = SiteVersion.objects.of_page(self.site.pk).believed_now().get(valid__upper_inf=True)
        values = self.form | {"population_total": str(self.people), "base": seen.pk}
        status = self.browser.post(address(self.site, "habitants"), values).status
        if SitePage.objects.get(pk=self.site.pk).population_total != self.people:
            self.faults.append(("not saved", self.people))
        return status

    def pin(self) -> int:
        return self.browser.post(f"{self.site.address_on_platform}epingler/", {}).status

    def export(self) -> int:
        return self.browser.get("/sites/exporter/?telecharger=&format=csv&onglet=ouverts").status

    def sign_in(self) -> int:
        visitor = Browser(self.browser.port)
        return visitor.post("/compte/connexion/", {"login": self.user.email, "password": PASSWORD}).status

    def send_table(self) -> int:
        """A table of one known site: sent, then checked."""
        here = f"http://127.0.0.1:{self.browser.port}"
        rows = f"Identifiant;Ménages\n{self.site.slug};{1 + self.people % 9}\n"
        known = {"cookies": self.browser.cookies, "allow_redirects": False, "timeout": 60}
        token = {"csrfmiddlewaretoken": self.browser.cookies["csrftoken"]}
        sent = self.session.post(
            f"{here}/sites/importer/", data=token, files={"file": ("a.csv", rows.encode())}, **known
        )
        if sent.status_code != 302:
            return sent.status_code
        return self.session.get(here + sent.headers["Location"], **known).status_code


def memory(port: int) -> int:
    """Kilobytes that the processes of the server hold together."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"RB_PORT={port}".encode() in (process / "environ").read_bytes().split(b"\0"):
                status = (process / "status").read_text()
                total += int(status.partition("VmRSS:")[2].split()[0])
        except (OSError, IndexError):
            continue
    return total


def test_sixteen_people_at_work_meet_no_error_and_lose_no_save(
    client_for, site_tree, territories, people, server, record_property
):
    staff = [UserFactory(role="direct_collaborator", areas=[territories["31"]]) for _ in range(PEOPLE)]
    sites = [make_site(territories["31555"], address=f"{rank} rue Haute") for rank in range(PEOPLE)]
    forms = [form_values(client_for(user), site, "habitants") for user, site in zip(staff, sites, strict=True)]
    seconds = LONG if "RB_LONG" in os.environ else SECONDS
    ends = time.monotonic() + seconds
    workers = [Person(server, *one, ends) for one in zip(staff, sites, forms, strict=True)]
    at_once(*(worker.work for worker in workers[:4]))  # warm
    before = memory(workers[0].browser.port)
    for worker in workers:
        worker.ends = time.monotonic() + seconds

    at_once(*(worker.work for worker in workers))

    after, done = memory(workers[0].browser.port), sum((worker.done for worker in workers), Counter())
    record_property("deeds", dict(done))
    record_property("kilobytes", (before, after))
    assert [fault for worker in workers for fault in worker.faults] == []
    assert all(done[deed] >= 5 for deed in DEEDS), done
    assert after < before * 1.3, (before, after)
