from datetime import date

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.renderers import get_default_renderer
from django.forms.widgets import NullBooleanSelect
from django.template import Context, Template

from rbsite.base.forms import RbForm, RbRenderer, TriStateField, dress


class WaterForm(RbForm):
    water = TriStateField(label="Eau")
    people = forms.IntegerField(label="Personnes", required=False, help_text="Laissez vide si inconnu.")
    price = forms.DecimalField(label="Prix", required=False)
    as_of = forms.DateField(label="Situation au", required=False)
    kind = forms.ChoiceField(label="Type", choices=[("land", "Terrain"), ("other", "Autre")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)


def page(form: forms.BaseForm) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


@pytest.mark.parametrize(("sent", "value"), [("true", True), ("false", False), ("unknown", None), ("", None)])
def test_a_tri_state_answer_stays_tri_state(sent: str, value: bool | None) -> None:
    form = WaterForm({"water": sent, "kind": "land"})

    assert form.is_valid()
    assert form.cleaned_data["water"] is value


@pytest.mark.parametrize(("initial", "sent"), [(True, "true"), (False, "false"), (None, "unknown")])
def test_the_tri_state_shows_what_is_known_and_sees_no_change_in_the_same_answer(
    initial: bool | None, sent: str
) -> None:
    shown = page(WaterForm(initial={"water": initial})).select_one("input[name=water][checked]")
    form = WaterForm({"water": sent, "kind": "land"}, initial={"water": initial, "kind": "land"})

    assert shown["value"] == sent
    assert form.changed_data == []


def test_going_from_unknown_to_no_is_a_change() -> None:
    form = WaterForm({"water": "false", "kind": "land"}, initial={"water": None, "kind": "land"})

    assert form.changed_data == ["water"]


def test_the_tri_state_is_three_radios_in_a_named_group() -> None:
    group = page(WaterForm()).find("input", {"name": "water"}).find_parent("fieldset")

    assert group.legend.get_text(strip=True) == "Eau"
    assert [label.get_text(strip=True) for label in group.find_all("label")] == ["Oui", "Non", "Ne sait pas"]


def test_django_s_own_tri_state_becomes_ours() -> None:
    form = dress(type("F", (forms.Form,), {"water": forms.NullBooleanField()})({"water": "false"}))

    assert not isinstance(form.fields["water"].widget, NullBooleanSelect)
    assert form.is_valid()
    assert form.cleaned_data["water"] is False


def test_numbers_are_typed_on_a_numeric_keypad_and_may_hold_spaces_and_commas() -> None:
    form = WaterForm({"people": "1\N{NARROW NO-BREAK SPACE}310", "price": "12,5", "kind": "land"})

    assert form.is_valid()
    assert form.cleaned_data["people"] == 1310
    assert str(form.cleaned_data["price"]) == "12.5"
    assert page(form).find(id="id_people")["inputmode"] == "numeric"
    assert page(form).find(id="id_price")["inputmode"] == "decimal"


def test_dates_use_the_browser_s_own_widget_and_its_format() -> None:
    html = page(WaterForm(initial={"as_of": date(2026, 3, 1)})).find(id="id_as_of")

    assert (html["type"], html["value"]) == ("date", "2026-03-01")


def test_a_refused_field_names_its_hint_and_its_error() -> None:
    html = page(WaterForm({"people": "beaucoup", "kind": "land"}))

    described = html.find(id="id_people")["aria-describedby"].split()

    assert described == ["id_people_helptext", "id_people_error"]
    assert all(html.find(id=name) for name in described)
    assert html.find(id="id_people")["aria-invalid"] == "true"


def test_the_summary_of_errors_links_to_inputs_that_exist() -> None:
    html = page(WaterForm({"people": "beaucoup"}))

    links = [link["href"] for link in html.select("[data-rb-error-summary] a")]

    assert links == ["#id_people", "#id_kind_0"]
    assert all(html.select_one(link) for link in links)


def test_a_form_without_error_has_no_summary() -> None:
    assert page(WaterForm()).select("[data-rb-error-summary]") == []


def test_only_the_rarer_of_required_and_optional_is_said() -> None:
    html = page(WaterForm())

    assert [mark.find_parent().find(string=True).strip() for mark in html.select(".rb-field__mark")] == ["Type"]


def test_dressing_twice_changes_nothing() -> None:
    once = str(WaterForm())

    assert str(dress(WaterForm())) == once


def test_forms_of_libraries_keep_django_s_templates() -> None:
    class Plain(forms.Form):
        name = forms.CharField()

    assert not isinstance(get_default_renderer(), RbRenderer)
    assert "fr-input" not in str(Plain())


def test_a_dressed_library_form_loses_its_placeholders() -> None:
    class Login(forms.Form):
        login = forms.EmailField(widget=forms.EmailInput(attrs={"placeholder": "Adresse"}))

    html = Template("{% load rb %}{{ form|dressed }}").render(Context({"form": Login()}))

    assert "placeholder" not in html
    assert "fr-input" in html


def test_an_empty_answer_is_said_in_our_words() -> None:
    class Empty(RbForm):
        asked = forms.CharField()
        own = forms.CharField(error_messages={"required": "Indiquez le nom."})
        kind = forms.ChoiceField(choices=[("", "---------"), ("land", "Terrain")])

    form = Empty({})

    assert form.errors["asked"] == ["Répondez à cette question."]
    assert form.errors["own"] == ["Indiquez le nom."]
    assert [option.text for option in page(form).select("option")] == ["Choisissez…", "Terrain"]
