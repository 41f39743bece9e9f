"""Our own pages run no script written in them, in the editor's previews either; the editor's screens are Wagtail's."""

import pytest
from django.urls import reverse

from sites_registry.models import SitePage

from .test_attacks import form_of
from .test_leaks import client_of
from .world import HERE

pytestmark = pytest.mark.django_db


def policy_of(answer) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in parts}


def test_previews_and_revisions_of_a_site_have_the_policy_of_public_pages(world) -> None:
    client = client_of(world, "correspondent")
    site = SitePage.objects.get(pk=world.sites[HERE, "drafted"].pk)
    edit = reverse("wagtailadmin_pages:edit", args=[site.pk])
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[site.pk])
    checked = client.post(preview, form_of(client, edit))
    shown = [
        client.get(address)
        for address in (
            preview,
            reverse("wagtailadmin_pages:view_draft", args=[site.pk]),
            reverse("wagtailadmin_pages:revisions_view", args=[site.pk, site.latest_revision_id]),
        )
    ]
    public = policy_of(client.get("/"))

    assert checked.json()["is_valid"] is True
    assert [answer.status_code for answer in shown] == [200, 200, 200]
    assert [policy_of(answer) for answer in shown] == [public] * 3
    assert "unsafe-inline" not in " ".join(public.values())
    assert public["frame-ancestors"] == "'self'"


def test_the_preview_of_a_public_page_has_it_too(world) -> None:
    client = client_of(world, "content_editor")
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[world.page.pk])
    client.post(preview, form_of(client, reverse("wagtailadmin_pages:edit", args=[world.page.pk])))

    assert policy_of(client.get(preview)) == policy_of(client.get("/"))


def test_the_screens_of_the_editor_may_run_what_they_are_made_of(world) -> None:
    client = client_of(world, "correspondent")
    answer = client.get(reverse("wagtailadmin_pages:edit", args=[world.sites[HERE, "open"].pk]))

    assert "'unsafe-inline'" in policy_of(answer)["script-src"]


def test_what_is_refused_in_the_editor_is_told_by_a_page_of_ours_under_its_policy(world) -> None:
    client = client_of(world, "correspondent")
    refused = client.get(reverse("wagtailadmin_pages:edit", args=[world.sites[HERE, "deleted"].pk]))

    assert refused.status_code == 404
    assert policy_of(refused) == policy_of(client.get("/"))
