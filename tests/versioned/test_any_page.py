"""What every kind of page with a typed history has, shown on wells: editor, quick form, rights, verbs, signal."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, Revision

from rbsite.accounts.enums import Feature
from sites_registry.versioned import verbs
from sites_registry.versioned.bulk import Written, create_pages, update_pages
from sites_registry.versioned.history import Record, record_states
from sites_registry.versioned.signals import state_recorded
from tests.leaks.test_attacks import form_of
from tests.wells.exchange import import_wells
from tests.wells.models import Well, WellState, WellVersion

pytestmark = pytest.mark.urls("tests.versioned.conftest")


@pytest.fixture
def well(make_well, people):
    return make_well(people.correspondent, litres=40, taps=["pompe"])


@pytest.fixture
def heard():
    """What `state_recorded` told, batch by batch."""
    batches = []

    def listen(sender, versions, **told):
        keys = [version.pk for version in versions]  # as they are now, not when the test looks
        batches.append((sender, told | {"versions": list(versions), "keys": keys}))

    state_recorded.connect(listen)
    yield batches
    state_recorded.disconnect(listen)


def events(well):
    return list(WellVersion.objects.of_page(well.pk).events())


def update(well, changes, by, **kwargs):
    return verbs.update(well, changes, by=by, feature=Feature.SITE_UPDATE, **kwargs)


# --- the editor


def test_the_editor_publishes_into_the_history_with_its_rows_and_its_author(client_for, well, people):
    client = client_for(people.correspondent)
    editor = f"/cms/pages/{well.pk}/edit/"
    values = form_of(client, editor) | {"name": "Puits neuf", "taps-0-kind": "robinet", "action-publish": "1"}

    assert client.post(editor, values).status_code == 302

    latest = events(well)[0]
    assert latest.changes == {
        "name": ["Puits du moulin", "Puits neuf"],
        "taps": [[{"kind": "pompe"}], [{"kind": "robinet"}]],
    }
    assert (latest.author, latest.kind) == (people.correspondent, "updated")
    assert Well.objects.get(pk=well.pk).updated_by == people.correspondent


def test_the_editor_asks_about_what_a_colleague_has_answered_meanwhile(client_for, well, people):
    client = client_for(people.correspondent)
    editor = f"/cms/pages/{well.pk}/edit/"
    values = form_of(client, editor) | {"name": "Le mien", "action-publish": "1"}
    update(well, {"name": "Le leur", "litres": 9}, people.national_admin)

    answer = client.post(editor, values)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "a répondu « Le leur » le" in page and str(people.national_admin) in page
    assert BeautifulSoup(page, "html.parser").select_one("[name=litres]")["value"] == "9"
    values |= {"base": BeautifulSoup(page, "html.parser").select_one("[name=base]")["value"], "litres": "9"}
    assert client.post(editor, values).status_code == 302
    kept = Well.objects.get(pk=well.pk)
    assert (kept.name, kept.litres) == ("Le mien", 9)


def test_an_answer_that_the_editor_may_not_write_stays_the_live_one_whatever_revision_is_opened(
    client_for, well, people
):
    first = well.latest_revision
    update(well, {"litres": 75}, people.correspondent)
    client = client_for(people.institutional_partner)
    opened = f"/cms/pages/{well.pk}/revisions/{first.pk}/revert/"
    values = form_of(client, opened) | {"name": "Autre nom", "litres": "1", "action-publish": "1"}

    assert client.post(f"/cms/pages/{well.pk}/edit/", values).status_code == 302

    kept = Well.objects.get(pk=well.pk)
    assert (kept.name, kept.litres) == ("Autre nom", 75)


@pytest.mark.parametrize("form", ["/cms/pages/{pk}/edit/", "/puits/{pk}/"], ids=["editor", "quick form"])
def test_an_answer_that_could_not_be_read_at_first_does_not_hide_a_colleagues_one(client_for, well, people, form):
    client, address = client_for(people.correspondent), form.format(pk=well.pk)
    opened = form_of(client, address) if "cms" in address else fields_of(client.get(address))
    typed = opened | {"litres": "douze", "action-publish": "1"}
    update(well, {"litres": 9}, people.national_admin)

    refused = client.post(address, typed)

    assert "a répondu « 9 » le" in refused.content.decode()
    base = BeautifulSoup(refused.content, "html.parser").select_one("[name=base]")["value"]
    assert client.post(address, typed | {"base": base, "litres": "12"}).status_code == 302
    assert events(well)[0].changes == {"litres": [9, 12]}


def test_rows_that_only_a_colleague_has_changed_stay_theirs(client_for, well, people):
    client, colleague = client_for(people.correspondent), client_for(people.local_admin)
    editor = f"/cms/pages/{well.pk}/edit/"
    mine = form_of(client, editor) | {"name": "Nouveau nom", "action-publish": "1"}
    colleague.post(editor, form_of(colleague, editor) | {"taps-0-kind": "borne", "action-publish": "1"})

    assert client.post(editor, mine).status_code == 302

    kept = Well.objects.get(pk=well.pk)
    assert (kept.name, [tap.kind for tap in kept.taps.all()]) == ("Nouveau nom", ["borne"])


def test_a_colleagues_rows_and_a_fault_of_ones_own_are_shown_together(client_for, well, people):
    client, colleague = client_for(people.correspondent), client_for(people.local_admin)
    editor = f"/cms/pages/{well.pk}/edit/"
    mine = form_of(client, editor) | {"litres": "douze", "action-publish": "1"}
    colleague.post(editor, form_of(colleague, editor) | {"taps-0-kind": "borne", "action-publish": "1"})

    answer = client.post(editor, mine)

    shown = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 200
    assert (shown.select_one("[name=litres]")["value"], shown.select_one("[name=taps-0-kind]")["value"]) == (
        "douze",
        "borne",
    )


@pytest.mark.parametrize("kinds", [[], ["pompe"], ["borne"], ["borne", "pompe"]], ids=str)
def test_rows_that_a_verb_has_replaced_stay_so(client_for, well, people, kinds):
    client, editor = client_for(people.correspondent), f"/cms/pages/{well.pk}/edit/"
    mine = form_of(client, editor) | {"name": "Nouveau nom", "action-publish": "1"}
    update(well, {"taps": [{"kind": kind} for kind in kinds]}, people.local_admin)

    assert client.post(editor, mine).status_code == 302

    kept = Well.objects.get(pk=well.pk)
    assert (kept.name, [tap.kind for tap in kept.taps.all()]) == ("Nouveau nom", kinds)


def test_a_row_written_again_meanwhile_is_not_removed_without_a_word(client_for, well, people):
    client, editor = client_for(people.correspondent), f"/cms/pages/{well.pk}/edit/"
    mine = form_of(client, editor) | {"taps-0-DELETE": "on", "action-publish": "1"}
    update(well, {"taps": [{"kind": "pompe"}]}, people.local_admin)

    asked = client.post(editor, mine)
    again = form_of_editor(asked) | {"taps-0-DELETE": "on", "action-publish": "1"}

    assert asked.status_code == 200 and "vous aviez saisi : aucune ligne" in asked.content.decode()
    assert client.post(editor, again).status_code == 302
    assert not Well.objects.get(pk=well.pk).taps.exists()


def form_of_editor(answer) -> dict[str, str]:
    form = BeautifulSoup(answer.content, "html.parser").select_one("form:has([name=base])")
    chosen = form.select("select[name]:has([selected])")
    typed = form.select("input[name]:not([type=checkbox]):not([type=submit])")
    return {one["name"]: one.select_one("[selected]")["value"] for one in chosen} | {
        one["name"]: one.get("value", "") for one in typed
    }


def test_the_editor_moves_a_page_only_where_its_author_may_edit(client_for, well, people, territories):
    client, editor = client_for(people.correspondent), f"/cms/pages/{well.pk}/edit/"
    values = form_of(client, editor) | {"commune": str(territories["33063"].pk), "action-publish": "1"}

    answer = client.post(editor, values)

    assert answer.status_code == 200 and "se trouve là" in answer.content.decode()
    assert Well.objects.get(pk=well.pk).commune.code == "31555"


def test_a_state_of_the_past_is_written_only_by_who_may_where_it_stood(well, people, territories):
    now = timezone.now()
    there = {"commune": territories["33063"]}
    how = {"feature": Feature.SITE_UPDATE}
    verbs.record_past(well, there, by=people.national_admin, at=now - timedelta(days=9), **how)

    with pytest.raises(PermissionDenied):
        verbs.record_past(well, {"name": "x"}, by=people.correspondent, at=now - timedelta(days=5), **how)


def test_rows_that_both_have_changed_are_asked(client_for, well, people):
    client, colleague = client_for(people.correspondent), client_for(people.local_admin)
    editor = f"/cms/pages/{well.pk}/edit/"
    mine = form_of(client, editor) | {"taps-0-kind": "robinet", "action-publish": "1"}
    colleague.post(editor, form_of(colleague, editor) | {"taps-0-kind": "borne", "action-publish": "1"})

    asked = client.post(editor, mine)

    assert asked.status_code == 200 and "a changé cette réponse le" in asked.content.decode()
    assert "vous aviez saisi : robinet" in asked.content.decode()
    assert events(well)[0].children == {"taps": [{"kind": "borne"}]}


def test_rows_with_a_right_of_their_own_are_refused_by_the_editor(client_for, well, people, monkeypatch):
    monkeypatch.setattr(WellState, "write_features", {"taps": Feature.SITE_SET_OBJECTIVE})
    client, editor = client_for(people.institutional_partner), f"/cms/pages/{well.pk}/edit/"

    answer = client.post(editor, form_of(client, editor) | {"taps-0-kind": "volé", "action-publish": "1"})

    assert answer.status_code == 200 and "Vous n’avez pas le droit de modifier" in answer.content.decode()
    assert [tap.kind for tap in Well.objects.get(pk=well.pk).taps.all()] == ["pompe"]


# --- the quick form


def test_the_quick_form_asks_about_a_colleagues_answer_and_keeps_their_other_ones(client_for, well, people):
    client = client_for(people.correspondent)
    values = fields_of(client.get(f"/puits/{well.pk}/")) | {"name": "Le mien"}
    update(well, {"name": "Le leur", "litres": 9}, people.national_admin)

    asked = client.post(f"/puits/{well.pk}/", values)
    again = fields_of(asked)
    assert "a répondu « Le leur » le" in asked.content.decode()
    assert (again["name"], again["litres"]) == ("Le mien", "9")

    assert client.post(f"/puits/{well.pk}/", again).status_code == 302
    assert events(well)[0].changes == {"name": ["Le leur", "Le mien"]}


def fields_of(answer) -> dict[str, str]:
    """What the quick form of the page would send."""
    form = BeautifulSoup(answer.content, "html.parser").select_one("form:has([name=base])")
    chosen = {select["name"]: select.select_one("[selected]")["value"] for select in form.select("select")}
    return chosen | {field["name"]: field.get("value", "") for field in form.select("input[name]")}


def test_the_quick_form_has_no_question_that_the_person_may_not_answer(client_for, well, people):
    shown = client_for(people.institutional_partner).get(f"/puits/{well.pk}/").content.decode()

    assert 'name="name"' in shown and 'name="litres"' not in shown


def test_a_draft_left_open_gets_what_a_quick_form_publishes_and_keeps_its_own_words(client_for, well, people):
    client = client_for(people.correspondent)
    editor = f"/cms/pages/{well.pk}/edit/"
    client.post(editor, form_of(client, editor) | {"name": "Brouillon"})

    update(Well.objects.get(pk=well.pk), {"litres": 9}, people.national_admin)

    live = Well.objects.get(pk=well.pk)
    drafted = live.get_latest_revision_as_object()
    assert (live.name, live.litres, live.has_unpublished_changes) == ("Puits du moulin", 9, True)
    assert (drafted.name, drafted.litres) == ("Brouillon", 9)


# --- rights


def test_a_list_shows_each_reader_their_own_wells(client_for, make_well, people):
    make_well(people.national_admin, name="Puits d’ici")
    make_well(people.national_admin, name="Puits d’ailleurs", code="33063")

    here = client_for(people.operator).get("/puits/").content.decode()
    there = client_for(people.correspondent_33).get("/puits/").content.decode()

    assert "Puits d’ici" in here and "Puits d’ailleurs" not in here
    assert "Puits d’ailleurs" in there and "Puits d’ici" not in there


def test_a_well_moves_only_to_a_place_where_its_author_may_update_it(well, people, territories):
    with pytest.raises(PermissionDenied):
        update(well, {"commune": territories["33063"]}, people.correspondent)
    with pytest.raises(PermissionDenied):
        update(
            well,
            {"commune": territories["33063"]},
            people.correspondent,
            at=timezone.localdate() - timedelta(days=9),
        )

    update(well, {"commune": territories["31069"]}, people.correspondent)

    assert [event.commune.code for event in events(well)] == ["31069", "31555"]


@pytest.mark.parametrize("days_ago", [0, 9], ids=["today", "in the past"])
def test_an_answer_with_a_right_of_its_own_is_refused_in_a_sentence_and_nothing_is_stored(well, people, days_ago):
    day = timezone.localdate() - timedelta(days=days_ago)

    with pytest.raises(PermissionDenied, match="Litres par jour"):
        update(well, {"name": "Nouveau", "litres": 99}, people.institutional_partner, at=day)
    assert len(events(well)) == 1

    update(well, {"name": "Nouveau", "litres": 40}, people.institutional_partner, at=day)
    assert (events(well)[0].name, events(well)[0].litres) == ("Nouveau", 40)


def test_restoring_leaves_what_its_author_may_not_write(well, people):
    first = events(well)[0]
    update(well, {"name": "Nouveau", "litres": 75, "taps": []}, people.correspondent)

    verbs.restore(well, first, by=people.institutional_partner, feature=Feature.SITE_UPDATE)

    restored = Well.objects.get(pk=well.pk)
    assert (restored.name, restored.litres) == ("Puits du moulin", 75)
    assert [tap.kind for tap in restored.taps.all()] == ["pompe"]
    assert events(well)[0].kind == "restored"


def test_a_state_of_another_well_is_not_restored(make_well, well, people):
    other = events(make_well(people.correspondent, name="Autre"))[0]

    with pytest.raises(ValidationError, match="autre page"):
        verbs.restore(well, other, by=people.correspondent, feature=Feature.SITE_UPDATE)


# --- what goes live, and what does not


@pytest.mark.parametrize("how", ["by hand", "by schedule"])
def test_a_deleted_page_stays_deleted_whatever_revision_is_published(well, people, how):
    older = well.latest_revision.pk
    update(well, {"name": "Nouveau"}, people.correspondent)
    Well.objects.filter(pk=well.pk).update(deleted_at=timezone.now())

    publish(older, how)

    assert Well.objects.get(pk=well.pk).deleted_at is not None
    assert not Well.objects.visible_to(people.national_admin).exists()


def publish(key: int, how: str) -> None:
    """Publish a revision, read again from the database."""
    if how == "by hand":
        Revision.objects.get(pk=key).publish()
    else:
        Revision.objects.filter(pk=key).update(approved_go_live_at=timezone.now() - timedelta(minutes=1))
        call_command("publish_scheduled")


@pytest.mark.parametrize("how", ["by hand", "by schedule"])
def test_a_revision_brings_back_no_answer_that_its_author_might_not_write(well, people, how):
    first = Revision.objects.for_instance(well).earliest("pk")
    assert first.user == people.correspondent
    update(well, {"name": "Par le partenaire"}, people.institutional_partner)
    older = Well.objects.get(pk=well.pk).latest_revision.pk
    update(well, {"litres": 75}, people.correspondent)

    publish(older, how)

    kept = Well.objects.get(pk=well.pk)
    assert (kept.name, kept.litres) == ("Par le partenaire", 75)


def test_a_scheduled_page_goes_live_with_its_history_or_not_at_all(well):
    page = Well.objects.get(pk=well.pk)
    page.name = "Prévu"
    revision = page.save_revision()
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now() - timedelta(minutes=1))

    def fail(sender, **told):
        raise RuntimeError("a listener that cannot")

    state_recorded.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            call_command("publish_scheduled")
    finally:
        state_recorded.disconnect(fail)

    assert (Well.objects.get(pk=well.pk).name, len(events(well))) == ("Puits du moulin", 1)


def test_stamps_are_those_of_the_page_whatever_revision_is_opened(well, people):
    older = well.latest_revision
    update(well, {"name": "Nouveau"}, people.national_admin)
    live = Well.objects.get(pk=well.pk)

    opened = Revision.objects.get(pk=older.pk).as_object()

    assert (opened.situation_at, opened.changed_at, opened.updated_at, opened.updated_by) == (
        live.situation_at,
        live.changed_at,
        live.updated_at,
        live.updated_by,
    )


def test_a_future_publication_records_nothing_before_its_hour(well):
    page = Well.objects.get(pk=well.pk)
    page.name, page.go_live_at = "Plus tard", timezone.now() + timedelta(days=1)
    page.save_revision().publish()

    assert len(events(well)) == 1


def test_a_publication_by_a_listener_inherits_neither_author_nor_date(make_well, well, people):
    """Whoever listens to a state may publish another page: it is their own publication."""
    other = make_well(people.national_admin, name="Autre")

    def publish_another(sender, versions, **told):
        if versions[0].well_id == well.pk:
            Page.objects.get(pk=other.pk).specific.save_revision(user=people.national_admin).publish()

    state_recorded.connect(publish_another)
    try:
        update(well, {"name": "Nouveau"}, people.correspondent)
    finally:
        state_recorded.disconnect(publish_another)

    assert events(well)[0].author == people.correspondent
    assert events(other)[0].author == people.national_admin


def test_a_listener_that_publishes_the_same_page_again_does_so_in_their_own_name(well, people):
    def publish_again(sender, versions, author, **told):
        if author == people.correspondent:
            page = Well.objects.get(pk=well.pk)
            page.name = "Encore"
            page.save_revision(user=people.national_admin).publish()

    state_recorded.connect(publish_again)
    try:
        update(well, {"name": "Nouveau"}, people.correspondent)
    finally:
        state_recorded.disconnect(publish_again)

    assert [event.author for event in events(well)[:2]] == [people.national_admin, people.correspondent]


# --- the signal


def test_listeners_are_told_once_a_batch_with_the_versions_and_their_keys(make_well, people, heard):
    wells = [make_well(people.correspondent, name=f"Puits {rank}") for rank in range(3)]
    heard.clear()

    records = [Record(well.pk, timezone.now(), well.state_values(), {"taps": []}) for well in wells]
    record_states(WellVersion, records, author=people.correspondent, kind="imported")

    [(sender, told)] = heard
    stored = WellVersion.objects.filter(kind="imported").order_by("pk")
    assert sender is WellVersion
    assert (told["kind"], told["author"]) == ("imported", people.correspondent)
    assert told["keys"] == [version.pk for version in stored]


def test_nothing_to_record_tells_nobody(heard):
    assert record_states(WellVersion, [], author=None) == []
    assert heard == []


def test_nobody_is_told_of_a_state_that_was_refused(well, people, heard):
    with pytest.raises(PermissionDenied):
        update(well, {"litres": 1}, people.operator)

    assert heard == []


# --- tables


def test_a_row_of_a_table_brings_a_well_up_to_date_or_says_at_its_cell_why_not(make_well, people):
    north, south = make_well(people.correspondent, name="Nord"), make_well(people.correspondent, name="Sud", litres=5)

    report = import_wells(b"Nom;Litres\r\nNord;120\r\nSud;beaucoup", people.correspondent)
    assert [(problem.row, problem.column, problem.value) for problem in report.problems] == [(3, "Litres", "beaucoup")]
    assert (events(north)[0].litres, events(south)[0].litres) == (120, 5)

    report = import_wells(b"Nom;Litres\r\nNord;7", people.institutional_partner)
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "Litres")]
    assert "Litres par jour" in report.problems[0].message and events(north)[0].litres == 120


def test_pages_written_at_once_have_their_history_and_a_sound_tree(site_tree, territories, people, heard):
    wells = [Well(commune=territories["31555"], name=f"Puits {rank}", slug=f"p-{rank}") for rank in range(30)]
    now = timezone.now()

    create_pages([(site_tree.home, [Written(well, now) for well in wells])], by=people.correspondent, now=now)
    for well in wells:
        well.litres = 8
    later = now + timedelta(seconds=1)
    update_pages([Written(well, later, ["litres"]) for well in wells], by=people.local_admin, now=later)

    assert Page.find_problems() == ([], [], [], [], [])
    assert Well.objects.visible_to(people.operator).count() == 30
    assert [event.kind for event in events(wells[3])] == ["imported", "imported"]
    assert events(wells[3])[0].changes == {"litres": [None, 8]}
    assert len(heard) == 2 and all(len(told["versions"]) == 30 for _sender, told in heard)
