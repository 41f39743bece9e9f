"""`manage.py purge`: what is past its time goes, and nothing else."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from rbsite.base.retention import PURGED_TODAY, RETAINED, Retained
from sites_registry.models import ImportDraft


@pytest.fixture
def drafts(people):
    """Two tables past their time, and one that has a minute left."""
    now = timezone.now()
    for name, age in (("a.csv", 31), ("b.csv", 400), ("recent.csv", 30)):
        draft = ImportDraft.objects.create(user=people.correspondent, file_name=name, content=b"")
        ImportDraft.objects.filter(pk=draft.pk).update(created_at=now - timedelta(days=age, minutes=-1))


def purge(**options) -> list[str]:
    output = StringIO()
    call_command("purge", stdout=output, **options)
    return output.getvalue().splitlines()


def names() -> set[str]:
    return set(ImportDraft.objects.values_list("file_name", flat=True))


def test_a_purge_deletes_what_is_past_its_time_and_says_how_many(drafts):
    assert purge() == ["Tableaux à importer : 2 de plus de 30 jours, suppression faite."]
    assert names() == {"recent.csv"}
    assert purge() == ["Tableaux à importer : rien de plus de 30 jours."]


def test_a_dry_run_says_the_same_and_deletes_nothing(drafts):
    assert purge(dry_run=True) == ["Tableaux à importer : 2 de plus de 30 jours, à supprimer."]
    assert names() == {"a.csv", "b.csv", "recent.csv"}


def test_what_a_room_above_retains_is_purged_too(db, added):
    kept = ["old", "older"]

    def delete(expired: list) -> int:
        count = len(expired)
        kept.clear()
        return count

    added(RETAINED, Retained(key="room", order=1, label="Mots", days=7, expired=lambda now: list(kept), delete=delete))

    assert purge(dry_run=True)[0] == "Mots : 2 de plus de 7 jours, à supprimer."
    assert purge()[0] == "Mots : 2 de plus de 7 jours, suppression faite."
    assert kept == []


def test_each_kind_goes_whole_or_not_at_all_and_leaves_the_others_alone(drafts, added):
    def fail_halfway(expired) -> int:
        expired.filter(file_name="recent.csv").delete()
        raise OSError("the disk is full")

    added(
        RETAINED,
        Retained(key="room", label="Mots", days=7, expired=lambda now: ImportDraft.objects.all(), delete=fail_halfway),
    )
    with pytest.raises(OSError, match="full"):
        purge()

    assert names() == {"recent.csv"}  # the first kind is gone, the second untouched


def test_the_first_sign_in_of_a_day_purges_whether_anybody_imports_or_not(drafts, client, people):
    ImportDraft.objects.filter(file_name="a.csv").update(imported_at=timezone.now())
    cache.delete(PURGED_TODAY)
    client.force_login(people.observer)

    assert names() == {"recent.csv"}


def test_an_expired_table_is_served_at_no_address_before_it_is_purged(drafts, client_for, people):
    client = client_for(people.correspondent)
    cache.set(PURGED_TODAY, True)
    expired = ImportDraft.objects.create(user=people.correspondent, file_name="c.csv", content=b"x;y")
    ImportDraft.objects.filter(pk=expired.pk).update(created_at=timezone.now() - timedelta(days=30, minutes=1))

    for page in ("", "annote/", "colonnes/", "fichier/"):
        assert client.get(f"/sites/importer/{expired.pk}/{page}").status_code == 404


def test_a_purge_that_fails_stops_nobody_from_signing_in(drafts, client, people, added, caplog):
    def fail(expired) -> int:
        raise OSError("the disk is full")

    added(RETAINED, Retained(key="room", label="Mots", days=7, expired=lambda now: ["old"], delete=fail))
    cache.delete(PURGED_TODAY)
    client.force_login(people.observer)

    assert "the disk is full" in caplog.text
    assert names() == {"recent.csv"}
