"""Many people who write into one département at the same moment."""

import hashlib
from functools import partial

import pytest
from wagtail.models import Page

from rbsite.territories.enums import TerritoryKind as Kind
from rbsite.territories.loading import Row, write_rows
from rbsite.territories.models import Territory
from sites_registry.models import DepartmentPage, SitePage, SiteVersion
from tests.factories import make_site
from tests.sites_registry.test_updates import address, form_values

from .conftest import at_once

ROUNDS, MOVES, DECLARATIONS = 20, 12, 18
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def untouched(territories):
    """A commune in each of as many départements as there are rounds; nobody has declared a site there."""
    region, zone, country = (Kind.REGION, "76"), (Kind.ZONE, "metro"), (Kind.COUNTRY, "FR")
    above = {"country": country, "zone": zone, "region": region}
    codes = [str(number) for number in range(40, 40 + ROUNDS)]
    rows = [Row(*country, "France"), Row(*zone, "Hexagone", {"country": country}), Row(*region, "Occitanie", above)]
    for code in codes:
        rows.append(Row(Kind.DEPARTEMENT, code, f"Département {code}", above))
        there = above | {"departement": (Kind.DEPARTEMENT, code)}
        rows.append(Row(Kind.COMMUNE, f"{code}001", f"Ville {code}", there, [f"{code}000"], [], 1_000, 43.0, 1.0))
    write_rows(rows)
    return [Territory.objects.get(code=f"{code}001") for code in codes]


def declaration(commune: Territory, rank: int) -> dict[str, str]:
    """The form of somebody who describes a place that looks like no other."""
    where = hashlib.sha256(f"{commune.code} {rank}".encode()).hexdigest()
    return {
        "address": where,
        "commune": commune.code,
        "site_type": "land",
        "declared_at": "2026-01-05",
        "token": where[:20],
    }


def test_first_declarations_of_a_departement_at_once_are_all_stored(site_tree, people, untouched, server):
    browser = server(people.national_admin)
    for commune in untouched:
        forms = [declaration(commune, rank) for rank in range(DECLARATIONS)]

        answers = at_once(*(partial(browser.post, "/sites/declarer/", form) for form in forms))

        assert [answer.status for answer in answers] == [302] * DECLARATIONS, commune
        assert SitePage.objects.filter(commune=commune).count() == DECLARATIONS
    assert DepartmentPage.objects.count() == ROUNDS
    assert Page.find_problems() == ([], [], [], [], [])


def test_sites_that_change_departement_at_once_all_arrive(client_for, site_tree, territories, people, server):
    browser, client = server(people.national_admin), client_for(people.national_admin)
    sites = [make_site(territories["31555"], address=f"{rank} rue Haute") for rank in range(MOVES)]
    make_site(territories["33063"])
    forms = [form_values(client, site, "localisation") for site in sites]
    towns = [territories[code] for code in ("33063", "31555", "93066", "13055")]
    for number in range(ROUNDS):
        goals = [towns[(number + rank) % len(towns)] for rank in range(MOVES)]
        sites = [SitePage.objects.get(pk=site.pk) for site in sites]
        for site, form, goal in zip(sites, forms, goals, strict=True):
            seen = SiteVersion.objects.of_page(site.pk).believed_now().get(valid__upper_inf=True)
            form |= {"commune": goal.code, "base": seen.pk}
        deeds = [
            partial(browser.post, address(site, "localisation"), form) for site, form in zip(sites, forms, strict=True)
        ]

        answers = at_once(*deeds)

        assert [answer.status for answer in answers] == [302] * MOVES, number
        stored = [SitePage.objects.get(pk=site.pk) for site in sites]
        assert [site.commune for site in stored] == goals
        assert [site.get_parent().specific.territory for site in stored] == [goal.departement for goal in goals]
    assert Page.find_problems() == ([], [], [], [], [])
