"""The objects that tests are made of hold what they promise."""

from datetime import date, timedelta

from django.utils import timezone
from wagtail.models import Page

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from sites_registry.models import SitePage, SiteVersion

from .factories import PASSWORD, make_site


def test_territories_know_what_contains_them(territories) -> None:
    toulouse, fourth = territories["31555"], territories["75104"]
    containers = [territories[code].pk for code in ("FR", "metro", "region-76", "31", "243100518", "31555")]

    assert sorted(toulouse.lineage) == sorted(containers)
    assert territories["75056"].pk in fourth.lineage
    assert toulouse.label == "Toulouse (31)"


def test_a_site_is_a_page_with_its_first_version(site_tree, territories) -> None:
    day = timezone.localdate() - timedelta(days=200)
    site = make_site(territories["31555"], at=day, name="Les Tilleuls", population_total=12)
    version = SiteVersion.objects.get(site=site)

    assert site.declared_at == day
    assert timezone.localtime(site.situation_at).date() == day
    assert version.population_total == 12
    assert version.valid.lower == site.situation_at == version.recorded_at
    assert not any(Page.find_problems())


def test_a_site_declared_by_somebody_goes_through_the_action(site_tree, people, territories) -> None:
    site = make_site(territories["31069"], by=people.correspondent, at=date(2026, 1, 2))

    assert site.updated_by == people.correspondent
    assert SitePage.objects.visible_to(people.correspondent).get() == site


def test_people_hold_the_rights_of_their_role_where_they_act(site_tree, people, territories) -> None:
    site = make_site(territories["31149"])
    may_update = {name for name, user in vars(people).items() if can(user, Feature.SITE_UPDATE, site)}

    assert may_update == {"correspondent", "institutional_partner", "operator", "local_admin", "national_admin"}


def test_people_sign_in(people, client_for, client) -> None:
    assert client_for(people.operator).get("/tableau-de-bord/").status_code == 200
    assert client.login(email=people.operator.email, password=PASSWORD)


def test_a_site_costs_few_queries(site_tree, territories, django_assert_max_num_queries) -> None:
    make_site(territories["33063"])

    with django_assert_max_num_queries(40):
        make_site(territories["33063"])
