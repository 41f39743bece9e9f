from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template, TemplateSyntaxError

from rbsite.base.templatetags.rb import said
from rbsite.base.wording import age, day_in_words, freshness_of, moment_in_words, months_between, number, yes_no_unknown

TODAY = date(2026, 11, 22)
NBSP = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"


def render(source: str, **context) -> str:
    return Template("{% load rb %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 22), "aujourd’hui"),
        (date(2026, 11, 21), "hier"),
        (date(2026, 11, 23), "demain"),
        (date(2026, 11, 19), f"il y a 3{NBSP}jours"),
        (date(2026, 10, 23), f"il y a 30{NBSP}jours"),
        (date(2026, 10, 22), f"il y a 1{NBSP}mois"),
        (date(2026, 7, 22), f"il y a 4{NBSP}mois"),
        (date(2025, 11, 22), f"il y a 1{NBSP}an"),
        (date(2025, 5, 22), f"il y a 18{NBSP}mois"),
        (date(2023, 11, 1), f"il y a 3{NBSP}ans"),
        (date(2026, 11, 25), f"dans 3{NBSP}jours"),
    ],
)
def test_ages_are_said_as_people_say_them(day: date, words: str) -> None:
    assert age(day, TODAY) == words


def test_a_moment_late_in_the_evening_utc_belongs_to_the_next_day_in_paris() -> None:
    assert age(datetime(2026, 11, 21, 23, 30, tzinfo=UTC), TODAY) == "aujourd’hui"


@pytest.mark.parametrize(
    ("day", "state", "words"),
    [
        (date(2026, 8, 23), "fresh", "à jour"),
        (date(2026, 8, 22), "aging", f"3{NBSP}mois"),
        (date(2026, 5, 23), "aging", f"5{NBSP}mois"),
        (date(2026, 5, 22), "stale", f"plus de 6{NBSP}mois"),
        (None, "unknown", "jamais actualisé"),
    ],
)
def test_freshness_follows_the_age_of_the_last_update(day: date | None, state: str, words: str) -> None:
    assert freshness_of(day, TODAY) == (state, words)


def test_months_are_whole_months() -> None:
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert months_between(date(2026, 1, 15), date(2026, 3, 15)) == 2


def test_numbers_have_narrow_spaces_and_a_comma() -> None:
    assert number(1310) == f"1{THIN}310"
    assert number(Decimal("1234.5")) == f"1{THIN}234,5"


def test_an_unknown_number_is_said_and_is_not_zero() -> None:
    assert number(None) == "inconnu"
    assert number(0) == "0"


def test_unknown_is_not_no() -> None:
    assert [yes_no_unknown(value) for value in (True, False, None)] == ["Oui", "Non", "Ne sait pas"]
    assert render("{{ missing|yes_no_unknown }}") == "Ne sait pas"


def test_zero_is_singular_in_french() -> None:
    source = '{% plural n "site" "sites" %}'

    assert [render(source, n=n) for n in (0, 1, 2, 1310)] == [
        f"0{NBSP}site",
        f"1{NBSP}site",
        f"2{NBSP}sites",
        f"1{THIN}310{NBSP}sites",
    ]


def test_a_date_carries_its_full_form() -> None:
    html = render("{% when d %}", d=date(2026, 3, 1))

    assert 'datetime="2026-03-01"' in html
    assert 'title="1er mars 2026"' in html


def test_a_missing_date_is_said() -> None:
    assert render("{% when d %} / {{ d|ago }}", d=None) == "date inconnue / date inconnue"


def test_values_of_a_history_are_said() -> None:
    assert [said(value) for value in (True, None, 1310, date(2026, 3, 1), ["a", "b"], "Terrain")] == [
        "oui",
        "inconnu",
        f"1{THIN}310",
        "1er mars 2026",
        "a, b",
        "Terrain",
    ]


def test_a_silent_icon_is_hidden_and_a_speaking_one_has_a_name() -> None:
    assert 'aria-hidden="true"' in render('{% icon "water" %}')
    assert 'role="img" aria-label="Eau"' in render('{% icon "water" "Eau" %}')


def test_wrap_gives_its_content_to_the_component_and_escapes_the_rest() -> None:
    html = render('{% wrap "callout" title=title %}<b>dedans</b>{% endwrap %}', title="<i>")

    assert "<b>dedans</b>" in html
    assert "&lt;i&gt;" in html


def test_wrap_refuses_what_is_not_a_variable() -> None:
    with pytest.raises(TemplateSyntaxError, match="variable=value"):
        render('{% wrap "callout" "title" %}{% endwrap %}')


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 4, 1), "1er avril 2026"),
        (date(2026, 4, 2), "2 avril 2026"),
        (date(2026, 4, 11), "11 avril 2026"),
        (datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "1er avril 2026"),
    ],
)
def test_the_first_day_of_a_month_is_written_as_in_french(value, words: str) -> None:
    assert day_in_words(value) == words
    assert render("{{ value|day }}", value=value) == words


def test_a_day_of_the_week_and_an_hour_go_with_the_day() -> None:
    assert day_in_words(date(2026, 4, 1), "l j F") == "mercredi 1er avril"
    assert moment_in_words(datetime(2026, 3, 31, 22, 30, tzinfo=UTC)) == "1er avril 2026 à 00:30"
    assert render("{{ value|day }}", value=None) == ""
