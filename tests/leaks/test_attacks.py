"""What somebody who knows the numbers and the forms of the platform tries, and does not get."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.rich_text import expand_db_html

from rbsite.accounts.enums import Feature, Role
from rbsite.accounts.models import GrantException
from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites import verbs as actions
from tests.factories import UserFactory

from .world import HERE, THERE, World, may_read

pytestmark = pytest.mark.django_db


def client_of(world: World, person: str) -> Client:
    client = Client()
    if world.people[person] is not None:
        client.force_login(world.people[person])
    return client


def form_of(client: Client, address: str) -> dict[str, list[str]]:
    """What a browser would send back of the editor's form, untouched."""
    page = BeautifulSoup(client.get(address).content, "html.parser")
    form = page.select_one("form[data-edit-form]")
    values: dict[str, list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        kind = field.get("type", "")
        if kind in ("submit", "file") or (kind in ("checkbox", "radio") and not field.has_attr("checked")):
            continue
        if field.name == "select":
            chosen = [option.get("value", "") for option in field.select("option[selected]")]
        elif field.name == "textarea":
            chosen = [field.get_text().removeprefix("\n")]
        else:
            chosen = [field.get("value", "on" if kind in ("checkbox", "radio") else "")]
        values.setdefault(field["name"], []).extend(chosen)
    return values


def edit(client: Client, site: SitePage, address: str = "", **changes: Any) -> SitePage:
    """Publish `changes` through Wagtail's editor; return the live site."""
    address = address or f"/cms/pages/{site.pk}/edit/"
    values = form_of(client, address) | changes
    client.post(address, values | {"action-publish": "1"})
    return SitePage.objects.get(pk=site.pk)


# --- what Wagtail does to pages is never done to sites


@pytest.mark.parametrize("person", ["superuser", "national_admin", "correspondent", "content_editor"])
@pytest.mark.parametrize(
    "verb", ["delete", "unpublish", "move", "copy", "privacy", "lock", "convert_alias", "set_position", "usage"]
)
def test_no_verb_of_wagtail_reaches_a_site(world, person, verb) -> None:
    client = client_of(world, person)
    site = world.sites[HERE, "open"]
    before = SitePage.objects.filter(live=True).count()

    for page in (site, site.get_parent(), site.get_parent().get_parent()):
        assert client.post(f"/cms/pages/{page.pk}/{verb}/", {"new_parent_page": world.home.pk}).status_code == 404
    assert SitePage.objects.filter(live=True).count() == before
    assert PageViewRestriction.objects.count() == 1


@pytest.mark.parametrize("verb", ["delete", "unpublish", "move", "copy", "privacy"])
def test_the_home_page_which_holds_the_registry_stays_where_it_is(world, verb) -> None:
    client = client_of(world, "superuser")

    assert client.get(f"/cms/pages/{world.home.pk}/{verb}/").status_code == 404
    assert client.post(f"/cms/pages/{world.home.pk}/{verb}/").status_code == 404
    assert Page.objects.get(pk=world.home.pk).live


@pytest.mark.parametrize("action", ["delete", "move", "publish", "unpublish"])
def test_bulk_actions_are_closed(world, action) -> None:
    client = client_of(world, "superuser")
    address = f"/cms/bulk/wagtailcore/page/{action}/?id={world.sites[HERE, 'open'].pk}&id=all"

    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("action", ["copy", "delete", "move", "unpublish", "create_alias", "revert_to_page_revision"])
def test_the_api_of_the_admin_is_closed(world, action) -> None:
    client = client_of(world, "superuser")
    site = world.sites[HERE, "open"]

    assert client.post(f"/cms/api/main/pages/{site.pk}/action/{action}/").status_code == 404


@pytest.mark.parametrize("person", ["superuser", "national_admin", "correspondent"])
def test_the_tester_of_a_site_knows_two_verbs(world, person) -> None:
    tester = world.sites[HERE, "open"].permissions_for_user(world.people[person])
    verbs = [name for name in dir(tester) if name.startswith("can_") and name not in ("can_move_to", "can_copy_to")]

    assert {name for name in verbs if getattr(tester, name)()} == {"can_edit", "can_publish", "can_view_revisions"}
    assert not tester.can_move_to(world.home)
    assert not tester.can_copy_to(world.home)


def test_a_schedule_sent_by_hand_is_not_kept(world) -> None:
    soon = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    site = edit(client_of(world, "superuser"), world.sites[HERE, "open"], go_live_at=soon, expire_at=soon, slug="autre")

    assert (site.go_live_at, site.expire_at, site.live) == (None, None, True)
    assert site.slug == world.sites[HERE, "open"].slug


# --- public pages


@pytest.mark.parametrize("person", ["content_editor", "national_admin", "superuser"])
def test_public_pages_are_edited_by_those_who_may(world, person) -> None:
    client = client_of(world, person)
    page, home = world.page, world.home

    for address in (
        f"/cms/pages/{home.pk}/",
        f"/cms/pages/{home.pk}/edit/",
        f"/cms/pages/add/knowledge/infopage/{home.pk}/",
        *(f"/cms/pages/{page.pk}/{verb}/" for verb in ("edit", "history", "delete", "move", "copy", "unpublish")),
        f"/cms/pages/{page.pk}/move/{home.pk}/confirm/",
        "/cms/choose-page/",
        f"/cms/choose-page/{home.pk}/",
        "/cms/choose-page/search/?q=mentions",
        f"/cms/choose-page/chosen-multiple/?id={page.pk}",
    ):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("person", ["correspondent", "local_admin", "partner", "stranger"])
def test_public_pages_are_closed_to_the_others(world, person) -> None:
    client = client_of(world, person)

    for address in (
        f"/cms/pages/{world.home.pk}/edit/",
        f"/cms/pages/{world.page.pk}/edit/",
        f"/cms/pages/{world.page.pk}/delete/",
        f"/cms/pages/add/knowledge/infopage/{world.home.pk}/",
        "/cms/choose-page/",
    ):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("person", ["content_editor", "superuser"])
def test_a_public_page_cannot_be_brought_among_sites_nor_reveal_them(world, person) -> None:
    client = client_of(world, person)
    site = world.sites[HERE, "open"]

    for address in (
        f"/cms/pages/{world.page.pk}/move/{site.get_parent().pk}/confirm/",
        f"/cms/choose-page/{site.get_parent().pk}/",
        "/cms/choose-page/?page_type=sites_registry.SitePage",
        "/cms/choose-page/search/?q=a&page_type=knowledge.InfoPage,sites_registry.SitePage",
        f"/cms/choose-page/?user_perms=move_to&target_pages[]={site.pk}",
        f"/cms/choose-page/chosen-multiple/?id={world.page.pk}&id={site.pk}",
        f"/cms/pages/add/sites_registry/sitepage/{site.get_parent().pk}/",
    ):
        assert client.get(address).status_code == 404, address
    moved = client.post(f"/cms/pages/{world.page.pk}/move/", {"new_parent_page": site.pk})
    assert moved.status_code == 404


def test_the_chooser_lists_public_pages_only(world) -> None:
    client = client_of(world, "superuser")
    browsed = client.get(f"/cms/choose-page/{world.home.pk}/").json()["html"]
    found = client.get("/cms/choose-page/search/?q=sites").content.decode()

    assert "Mentions" in browsed
    assert f"/choose-page/{world.home.get_children()[1].pk}/" not in browsed
    assert "Haute-Garonne" not in found


def test_a_link_to_a_site_typed_by_its_number_leads_nowhere(world) -> None:
    site = world.sites[THERE, "open"]

    assert expand_db_html(f'<a linktype="page" id="{site.pk}">ici</a>') == "<a>ici</a>"
    assert expand_db_html(f'<a linktype="page" id="{world.page.pk}">ici</a>') == f'<a href="{world.page.url}">ici</a>'


def test_the_editor_does_not_read_back_the_address_of_a_linked_site(world) -> None:
    site = world.sites[THERE, "open"]
    world.home.is_text = f'<p><a linktype="page" id="{site.pk}">ici</a></p>'
    world.home.save()

    page = client_of(world, "content_editor").get(f"/cms/pages/{world.home.pk}/edit/").content

    assert site.slug.encode() not in page


def test_the_address_of_a_site_is_not_turned_into_a_page(world) -> None:
    site = world.sites[THERE, "open"]
    typed = {"external-link-chooser-url": site.address_on_platform, "external-link-chooser-link_text": ""}

    answer = client_of(world, "content_editor").post("/cms/choose-external-link/", typed)

    assert answer.json()["step"] == "external_link_chosen"
    assert "id" not in answer.json()["result"]


# --- the explorer


def test_the_explorer_shows_one_s_own_sites(world) -> None:
    client = client_of(world, "correspondent")
    listed = client.get("/cms/", follow=True)

    assert listed.redirect_chain[-1][0] == f"/cms/pages/{world.sites[HERE, 'open'].get_parent().pk}/"
    assert world.sites[HERE, "open"].title in listed.content.decode()
    assert "data-bulk-action-checkbox" not in listed.content.decode()


def test_somebody_who_edits_nothing_finds_no_editor(world) -> None:
    for person in ("observer", "intervener", "national_actor", "stranger", "blind_updater"):
        client = client_of(world, person)
        assert client.get("/cms/").status_code == 404
        assert client.get("/cms/pages/").status_code == 404


def test_a_correspondant_without_any_site_finds_no_editor(world) -> None:
    client = Client()
    client.force_login(UserFactory(role=Role.CORRESPONDENT, areas=[world.territories["93"]]))

    assert client.get("/cms/").status_code == 404


# --- addresses in the tree of pages


@pytest.mark.parametrize("person", ["visitor", "correspondent", "superuser"])
@pytest.mark.parametrize("host", ["localhost", "autre.test"])
def test_no_page_of_the_registry_is_served_at_its_place_in_the_tree(world, person, host, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    site = world.sites[HERE, "open"]
    client = client_of(world, person)
    Site.clear_site_root_paths_cache()

    for path in (f"/31/{site.slug}/", "/31/", f"/accueil/sites/31/{site.slug}/", f"/{site.slug}/"):
        assert client.get(path, HTTP_HOST=host).status_code == 404, path


def test_a_visitor_learns_nothing_of_what_exists(world) -> None:
    client = Client()
    paths = [site.address_on_platform for site in world.sites.values()]
    paths += ["/sites/31/bcdfghjk/", "/sites/", "/sites/31/", "/sites/rien"]

    for path in paths:
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/compte/connexion/?next={path}")


# --- the editor


def test_a_site_is_not_taken_to_a_commune_where_one_has_no_right(world) -> None:
    site = edit(client_of(world, "partner"), world.sites[HERE, "open"], commune="Blagnac (31069)")

    assert site.commune.code == HERE


def test_a_site_is_taken_to_a_commune_where_one_has_the_right(world) -> None:
    site = edit(client_of(world, "correspondent"), world.sites[HERE, "open"], commune="Blagnac (31069)")

    assert site.commune.code == "31069"


def test_a_draft_that_moves_a_site_opens_it_to_nobody_new(world) -> None:
    """The editor opens the draft: rights must be those of the live site."""
    site = SitePage.objects.get(pk=world.sites[THERE, "open"].pk)
    site.commune = world.territories[HERE]
    site.save_revision(clean=False)

    for address in ("edit", "view_draft", "history"):
        assert client_of(world, "correspondent").get(f"/cms/pages/{site.pk}/{address}/").status_code == 404


def test_an_old_revision_does_not_bring_a_site_back_to_a_commune_without_the_right(world) -> None:
    author = world.people["correspondent"]
    site = SitePage.objects.get(pk=world.sites[HERE, "open"].pk)
    site.commune = world.territories["31069"]
    old = site.save_revision(user=author, clean=False)
    actions.update_site(world.sites[HERE, "open"], {"heatwave_risk": True}, by=author)
    partner = client_of(world, "partner")
    values = form_of(client_of(world, "correspondent"), f"/cms/pages/{site.pk}/edit/")

    partner.post(
        f"/cms/pages/{site.pk}/revisions/{old.pk}/revert/",
        values | {"commune": "Blagnac (31069)", "action-publish": "1"},
    )

    assert SitePage.objects.get(pk=site.pk).commune.code == HERE


def test_an_old_revision_does_not_take_a_site_to_another_departement(world) -> None:
    """Its page would stay below the first one."""
    both = UserFactory(role=Role.CORRESPONDENT, areas=[world.territories["31"], world.territories["33"]])
    site = SitePage.objects.get(pk=world.sites[HERE, "open"].pk)
    site.commune = world.territories[THERE]
    old = site.save_revision(user=both, clean=False)
    actions.update_site(world.sites[HERE, "open"], {"heatwave_risk": True}, by=both)
    client = Client()
    client.force_login(both)
    address = f"/cms/pages/{site.pk}/revisions/{old.pk}/revert/"

    assert client.get(address).status_code == 200
    assert edit(client, site, address).commune.code == HERE


def test_an_old_revision_does_not_reopen_a_closed_site(world) -> None:
    author = world.people["correspondent"]
    site = world.sites[HERE, "open"]
    actions.update_site(site, {"heatwave_risk": True}, by=author)
    old = SitePage.objects.get(pk=site.pk).latest_revision
    actions.close_site(
        site,
        by=author,
        status="other",
        closed_at=timezone.localdate(),
        closed_with_solutions=False,
        closing_context="ok",
    )
    client = client_of(world, "correspondent")

    edit(client, site, f"/cms/pages/{site.pk}/revisions/{old.pk}/revert/")

    assert not SitePage.objects.get(pk=site.pk).is_open


@pytest.mark.parametrize(
    ("person", "state", "status"),
    [
        ("operator", "closed", 404),
        ("local_admin", "closed", 200),
        ("local_admin", "open", 404),
        ("superuser", "deleted", 404),
        ("superuser", "closed", 200),
        ("refused_admin", "open", 200),
    ],
)
def test_who_opens_the_editor_of_a_site(world, person, state, status) -> None:
    site = world.sites[HERE, state]

    assert client_of(world, person).get(f"/cms/pages/{site.pk}/edit/").status_code == status


def test_a_refusal_also_closes_the_editor_to_a_superuser(world) -> None:
    client = client_of(world, "refused_admin")

    assert client.get(f"/cms/pages/{world.sites[THERE, 'open'].pk}/edit/").status_code == 404


def test_sites_of_origin_that_one_may_not_read_stay(world) -> None:
    site = world.sites[HERE, "reinstalled"]
    origins = set(
        SiteVersion.objects.believed_now().filter(site=site, valid__upper_inf=True)[0].children["incoming_sites"]
    )
    client = client_of(world, "correspondent")

    assert world.sites[THERE, "open"].pk in origins
    edited = edit(client, site, incoming_sites=[])
    assert set(edited.incoming_sites.values_list("pk", flat=True)) == origins - {world.sites[HERE, "open"].pk}


def test_a_foreign_site_is_not_accepted_as_origin_in_the_editor(world) -> None:
    site = world.sites[HERE, "open"]
    edited = edit(client_of(world, "correspondent"), site, incoming_sites=[str(world.sites[THERE, "open"].pk)])

    assert not edited.incoming_sites.exists()


def test_the_revision_of_another_site_does_not_open_through_one_s_own(world) -> None:
    own, foreign = world.sites[HERE, "open"], SitePage.objects.get(pk=world.sites[THERE, "changed"].pk)
    client = client_of(world, "correspondent")

    for address in (f"{foreign.latest_revision_id}/view/", f"{foreign.latest_revision_id}/revert/"):
        assert client.get(f"/cms/pages/{own.pk}/revisions/{address}").status_code == 404


def test_an_editing_session_tells_nothing_of_a_foreign_site(world) -> None:
    client = client_of(world, "correspondent")

    def ping(site, model="sitepage"):
        return client.post(f"/cms/editing-sessions/ping/sites_registry/{model}/{site.pk}/1/").status_code

    assert ping(world.sites[HERE, "open"]) == 200
    assert ping(world.sites[THERE, "open"]) == 404
    assert ping(world.sites[HERE, "open"], "siteversion") == 404


def test_a_preview_shows_the_draft_and_nothing_foreign(world) -> None:
    client = client_of(world, "correspondent")
    site = world.sites[HERE, "drafted"]
    address = f"/cms/pages/{site.pk}/edit/preview/"
    draft = SitePage.objects.get(pk=site.pk).latest_revision.as_object()

    assert draft.address in client.get(f"/cms/pages/{site.pk}/view_draft/").content.decode()
    values = form_of(client, f"/cms/pages/{site.pk}/edit/")
    assert client.post(address, values | {"commune": "Bordeaux (33063)"}).json()["is_valid"] is False


# --- quick forms


def section(client: Client, site: SitePage, slug: str, **changes):
    """Send the quick form of a section as its page gave it, with `changes`."""
    address = f"{site.address_on_platform}actualiser/{slug}/"
    form = client.get(address).context["form"]
    values = {bound.html_name: bound.value() for part in (form.section, form.situation) for bound in part}
    values = {name: "" if value is None else value for name, value in values.items()}
    return client.post(address, values | {"is_reinstallation": "true"} | changes)


def test_a_quick_form_does_not_take_a_site_elsewhere(world) -> None:
    site = world.sites[HERE, "open"]
    answer = section(client_of(world, "partner"), site, "localisation", commune="Blagnac (31069)")

    assert answer.status_code == 422
    assert "Vous n’avez pas le droit" in answer.content.decode()
    assert SitePage.objects.get(pk=site.pk).commune.code == HERE


def test_a_quick_form_does_not_accept_a_foreign_site_of_origin(world) -> None:
    site, foreign = world.sites[HERE, "open"], world.sites[THERE, "open"]
    client = client_of(world, "correspondent")

    refused = section(client, site, "caracteristiques", incoming_sites=[foreign.pk])
    missing = section(client, site, "caracteristiques", incoming_sites=[987654])

    assert refused.status_code == missing.status_code == 422
    assert foreign.title not in refused.content.decode()
    assert not SitePage.objects.get(pk=site.pk).incoming_sites.exists()


def test_a_quick_form_keeps_the_sites_of_origin_that_it_does_not_show(world) -> None:
    site = world.sites[HERE, "reinstalled"]
    before = set(SitePage.objects.get(pk=site.pk).incoming_sites.values_list("pk", flat=True))

    answer = section(client_of(world, "correspondent"), site, "caracteristiques", incoming_sites=[])

    assert answer.status_code == 302
    after = set(SitePage.objects.get(pk=site.pk).incoming_sites.values_list("pk", flat=True))
    assert after == before - {world.sites[HERE, "open"].pk}


@pytest.mark.parametrize(
    ("person", "commune", "state"),
    [
        ("observer", HERE, "open"),
        ("intervener", HERE, "open"),
        ("correspondent", THERE, "open"),
        ("correspondent", HERE, "closed"),
        ("superuser", HERE, "deleted"),
        ("reader_of_all", THERE, "open"),
    ],
)
def test_no_quick_form_is_open_without_the_right(world, person, commune, state) -> None:
    client, site = client_of(world, person), world.sites[commune, state]
    events = SiteVersion.objects.count()

    for slug in ("localisation", "habitants"):
        address = f"{site.address_on_platform}actualiser/{slug}/"
        assert client.get(address).status_code == 404
        assert client.post(address, {"address": "x", "at": "2026-01-01"}).status_code == 404
    if state != "closed":
        assert client.post(f"{site.address_on_platform}rien-n-a-change/").status_code == 404
        assert client.post(f"{site.address_on_platform}fermer/", {}).status_code == 404
        assert client.post(f"{site.address_on_platform}rouvrir/").status_code == 404
    assert SiteVersion.objects.count() == events


def test_a_version_of_another_site_is_neither_compared_nor_restored(world) -> None:
    own, foreign = world.sites[HERE, "open"], world.sites[THERE, "changed"]
    version = SiteVersion.objects.filter(site=foreign).events().last()
    client = client_of(world, "correspondent")
    address = f"{own.address_on_platform}historique/{version.pk}/"

    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


def test_restoring_asks_the_right_where_the_site_was(world) -> None:
    author, site = world.people["correspondent"], world.sites[HERE, "open"]
    actions.update_site(site, {"commune": world.territories["31069"]}, by=author)
    actions.update_site(site, {"commune": world.territories[HERE]}, by=author)
    elsewhere = SiteVersion.objects.filter(site=site, commune=world.territories["31069"]).first()

    with pytest.raises(PermissionDenied):
        actions.restore_version(site, elsewhere, by=world.people["partner"])
    restored = actions.restore_version(site, elsewhere, by=author)
    assert restored.commune.code == "31069"


def test_what_a_visitor_typed_waits_only_for_somebody_who_may_update(world) -> None:
    site = world.sites[THERE, "open"]
    address = f"{site.address_on_platform}actualiser/localisation/"
    client = Client()

    assert client.post(address, {"address": "typed before signing in"}).status_code == 302
    client.force_login(world.people["correspondent"])
    assert client.get(address).status_code == 404
    client.force_login(world.people["correspondent_33"])
    assert "typed before" not in client.get(address).content.decode() or client.session.get("pending_update") is None


# --- files


@pytest.mark.parametrize("person", ["correspondent", "partner", "blind_updater", "unreading_updater"])
def test_a_file_that_names_sites_by_their_code_gets_nothing_out_of_them(world, person) -> None:
    """The check of an import says what would change, hence what was: only of what its author may read."""
    if person == "unreading_updater":
        world.people[person] = UserFactory(role=Role.CORRESPONDENT, areas=[world.territories["31"]])
        territories = [world.territories["31"].pk]
        GrantException.objects.create(
            user=world.people[person], feature=Feature.SITE_READ, is_allowed=False, territory_ids=territories
        )
    client = client_of(world, person)
    header = "Identifiant;Code INSEE;Adresse;Type de site;Informations d’accès;Modalités d’accès à l’eau\n"
    rows = "".join(f"{site.slug};{site.commune.code};ailleurs;Terrain;autre;autre\n" for site in world.sites.values())
    upload = SimpleUploadedFile("sites.csv", (header + rows).encode())

    report = client.get(client.post("/sites/importer/", {"file": upload})["Location"])

    typed = {site.slug for site in world.sites.values()}
    words = [secret for secret in world.secrets if secret.word not in typed and not may_read(person, secret)]
    assert [secret for secret in words if secret.word.encode() in report.content] == []
    assert "ailleurs" in report.content.decode() or "Ligne" in report.content.decode()


@pytest.mark.parametrize("person", ["correspondent", "partner", "blind_updater", "unreading_updater"])
def test_a_file_that_describes_sites_is_proposed_none_that_its_author_may_not_read(world, person) -> None:
    """Rows without identifier are compared with known sites: the answer never tells of those elsewhere."""
    if person == "unreading_updater":
        world.people[person] = UserFactory(role=Role.CORRESPONDENT, areas=[world.territories["31"]])
        refused = {"is_allowed": False, "territory_ids": [world.territories["31"].pk]}
        GrantException.objects.create(user=world.people[person], feature=Feature.SITE_READ, **refused)
    client = client_of(world, person)
    sites = world.sites.values()
    rows = "".join(f"{site.commune.code};{site.name};{site.address};Terrain;{site.latitude};1,4\n" for site in sites)
    header = "INSEE;Nom du site;Adresse;Type;Latitude;Longitude\n"
    place = client.post("/sites/importer/", {"file": SimpleUploadedFile("sites.csv", (header + rows).encode())})[
        "Location"
    ]

    pages = [client.get(place + page).content for page in ("", "colonnes/")]
    copy = zipfile.ZipFile(io.BytesIO(b"".join(client.get(f"{place}annote/").streaming_content)))
    pages += [copy.read(name) for name in copy.namelist()]

    secrets = [secret for secret in world.secrets if secret.word not in header + rows and not may_read(person, secret)]
    assert len(secrets) > 3
    assert [secret for secret in secrets if any(secret.word.encode() in page for page in pages)] == []
