"""A room above adds one of each thing: who holds its right sees it, within its budget; nothing changes for others."""

import html
import io
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from rbsite.base.home_panels import PANELS
from rbsite.base.report_sections import SECTIONS, extra_sheets
from sites_registry.models import SitePage
from tests.factories import OrganisationFactory, UserFactory, make_site

from .room import ADDITIONS, HOME, PANEL, PLAN, SECTION

every_addition = pytest.mark.parametrize("addition", ADDITIONS, ids=str)


@pytest.fixture
def grow(site_tree, territories):
    """`grow(n)`: n more of all that the room, and the rooms below, count and list."""

    def make(count: int) -> None:
        for number in range(count):
            make_site(territories["31555"], address=f"{number} rue Membre", population_total=20)
            UserFactory(last_name=f"Membre {number}", organisation=OrganisationFactory())

    return make


@every_addition
def test_who_holds_the_right_sees_it(addition, added, grow, people, page_for):
    grow(2)
    before, _cost = page_for(people.correspondent, addition.address)
    added(addition.registry, addition.entry)
    after, _cost = page_for(people.correspondent, addition.address)

    assert addition.mark not in html.unescape(before.decode())
    assert addition.mark in html.unescape(after.decode())


@every_addition
def test_without_the_right_the_page_is_the_same_byte_for_byte_and_costs_no_query_more(
    addition, added, grow, people, page_for
):
    grow(2)
    before = page_for(people.operator, addition.address)
    added(addition.registry, addition.entry)

    assert page_for(people.operator, addition.address) == before


@every_addition
def test_it_costs_what_it_declares_and_as_much_with_three_times_the_objects(addition, added, grow, people, page_for):
    grow(4)
    _body, before = page_for(people.correspondent, addition.address)
    added(addition.registry, addition.entry)
    _body, few = page_for(people.correspondent, addition.address)
    grow(8)
    _body, many = page_for(people.correspondent, addition.address)

    assert few == before + addition.entry.queries
    assert many == few


def test_everything_together_costs_the_sum_of_what_is_declared(added, grow, people, page_for):
    on_home = [addition for addition in ADDITIONS if addition.address == HOME]
    grow(2)
    _body, before = page_for(people.correspondent, HOME)
    for addition in on_home:
        added(addition.registry, addition.entry)
    _body, after = page_for(people.correspondent, HOME)

    assert after == before + sum(addition.entry.queries for addition in on_home) == before + 3


def test_a_thing_to_write_stands_under_saisir_and_not_in_the_main_menu(added, people, client_for):
    verb = next(addition for addition in ADDITIONS if addition.mark == "Saisir un mot")
    added(verb.registry, verb.entry)
    page = BeautifulSoup(client_for(people.correspondent).get(PLAN).content, "html.parser")

    assert "Saisir un mot" in page.select_one("[aria-labelledby=plan-saisir]").text
    assert "Saisir un mot" in page.select_one(".rb-bar .rb-menu__panel").text  # « Plus », on phones
    assert "Saisir un mot" not in page.select_one(".rb-header__nav").text


def test_a_section_of_a_report_is_a_table_for_who_holds_its_right_and_nothing_for_the_others(
    added, grow, people, django_assert_num_queries
):
    grow(2)
    added_section = added(SECTIONS, SECTION)
    sites = SitePage.objects.visible_to(people.correspondent)
    (table,) = extra_sheets(people.correspondent, sites)

    assert (table.title, table.headers, table.rows) == (added_section.title, ("Commune", "Sites"), [("Toulouse", 2)])
    SitePage.objects.visible_to(people.operator)  # reads their rights
    with django_assert_num_queries(0):
        assert extra_sheets(people.operator, sites) == []


def test_the_workbook_of_an_export_has_a_sheet_for_each_section_that_its_reader_may_see(
    added, grow, people, client_for
):
    grow(2)
    added(SECTIONS, SECTION)

    past = f"&date={timezone.localdate() - timedelta(days=1)}"  # what rooms tell is so today

    def sheets(person, more: str = "") -> dict[str, list[tuple]]:
        answer = client_for(person).get(f"/sites/exporter/?telecharger=1&format=xlsx&parties=conditions{more}")
        book = openpyxl.load_workbook(io.BytesIO(answer.getvalue()))
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}

    assert list(sheets(people.operator)) == ["Sites", "Totaux"]
    assert sheets(people.correspondent)["Par commune"] == [("Commune", "Sites"), ("Toulouse", 2)]
    assert list(sheets(people.correspondent, past)) == ["Sites", "Totaux"]


def test_a_panel_with_nothing_to_show_is_absent(added, people, client_for):
    added(PANELS, replace(PANEL, context=lambda request: None))

    assert "structure suivie" not in client_for(people.correspondent).get(HOME).content.decode()
