"""What nobody knows is said « Ne sait pas » wherever the form says so, never « non » nor « – »."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs
from sites_registry.sites.wording import label_of, text_of
from tests.factories import make_site

#: Free words that nobody wrote, and blanks that say something else than « on ne sait pas ».
FREE = {name for name in SitePage.answer_names() if name.endswith(("_details", "_comments"))} | {
    "name",
    "address",
    "access_notes",
    "census_conducted_by",
    "closing_context",
}
OTHER = {
    "point": "centre de la commune",
    "closed_at": "site ouvert",
    "resorption_target": "Pas d’objectif fixé",
    "phases": "aucune",
}
BLANKS = (None, "", [])


@pytest.mark.parametrize("name", SitePage.answer_names())
def test_a_blank_answer_of_any_field_is_said_in_words(name):
    expected = OTHER.get(name) or ("Non renseigné" if name in FREE else "Ne sait pas")

    assert {text_of(name, blank) for blank in BLANKS if _may_be(name, blank)} == {expected}


def _may_be(name, blank):
    """A list is no blank of a column that holds one value, nor a text of one that holds several."""
    holds_several = SitePage.is_child(name) or hasattr(SitePage._meta.get_field(name), "base_field")
    return blank is None or isinstance(blank, list) == holds_several


ANSWERS = {
    "built_at": date(2024, 1, 1),
    "is_reinstallation": True,
    "population_total": 40,
    "caravans": 0,
    "origins": ["eu"],
    "census_status": "none",
    "water_access_type": "robinet_connecte_au_reseau",
    "water_access_is_public": False,
    "sanitary_working_toilets": True,
    "sanitary_toilet_types": ["latrines"],
    "pest_animals_presence": False,
}
ERASED = {
    name: None if value is None or not isinstance(value, (list, str)) else type(value)()
    for name, value in ANSWERS.items()
}


@pytest.fixture
def site(site_tree, territories, people):
    site = make_site(territories["31555"], by=people.correspondent, at=date(2025, 3, 1))
    verbs.update_site(site, ANSWERS, by=people.correspondent, at=date(2026, 1, 1))
    return verbs.update_site(site, ERASED, by=people.correspondent, at=date(2026, 6, 1))


def test_the_history_and_the_comparison_say_it_of_every_sort_of_question(client_for, people, site):
    client = client_for(people.correspondent)
    answered = SiteVersion.objects.filter(site=site).events()[1]

    history = client.get(f"{site.address_on_platform}historique/")
    compare = client.get(reverse("sites:compare", args=["31", site.slug, answered.pk]))

    lines = {line.label: line for line in history.context["events"][0].lines}
    today = {line.label: line for line in compare.context["lines"]}
    labels = {label_of(name) for name in ANSWERS}
    assert set(lines) == set(today) == labels
    assert {line.after for line in lines.values()} == {line.before for line in today.values()} == {"Ne sait pas"}
    assert "Ne sait pas" not in {line.before for line in lines.values()}
    assert lines[label_of("caravans")].before == "0"


def test_a_question_that_another_answer_did_not_let_be_asked_was_without_object(client_for, people, site):
    tap = {"water_access_type": "robinet_connecte_au_reseau", "water_access_is_public": True}
    verbs.update_site(site, {"water_access_type": "reservoir"}, by=people.correspondent)
    verbs.update_site(site, tap, by=people.correspondent)
    closing = {"status": "resorbed", "closed_at": date(2026, 9, 1), "closed_with_solutions": True}
    verbs.close_site(site, by=people.correspondent, **closing)

    events = client_for(people.correspondent).get(f"{site.address_on_platform}historique/").context["events"]
    closed, tapped = ({line.label: line for line in event.lines} for event in events[:2])
    assert tapped[label_of("water_access_is_public")].before == "Sans objet"
    assert closed[label_of("closed_with_solutions")].before == "Sans objet"
    assert closed[label_of("closed_at")].before == "site ouvert"


def test_the_page_says_which_questions_of_several_choices_nobody_has_answered(client_for, people, site):
    verbs.update_site(site, {"sanitary_working_toilets": True}, by=people.correspondent)
    page = BeautifulSoup(client_for(people.observer).get(site.address_on_platform).content, "html.parser")
    facts = {term.text: term.find_next_sibling("dd").text.strip() for term in page.select("dt")}

    assert facts[label_of("sanitary_toilet_types")] == "Ne sait pas"
    assert label_of("electricity_access_types") not in facts, "nobody is asked"
    assert (facts["Date d’installation"], facts["Origine des habitants"]) == ("Ne sait pas", "Ne sait pas")
