"""Rights on single fields: what may be read of an object, what may be written in it, before it exists too."""

import pytest

from rbsite.accounts.enums import Feature, Role
from rbsite.accounts.models import GrantException
from rbsite.accounts.permissions import readable_fields, whoever_may, writable_fields
from sites_registry.models import SitePage
from tests.factories import UserFactory, make_site

pytestmark = pytest.mark.django_db

ALL = frozenset(SitePage.answer_names())


def refuse(user, feature, territory) -> None:
    GrantException.objects.create(user=user, feature=feature, is_allowed=False, territory_ids=[territory.pk])


@pytest.fixture
def correspondent(territories):
    return UserFactory(role=Role.CORRESPONDENT, areas=[territories["31"]])


def test_whoever_holds_every_right_reads_and_writes_every_field(territories, site_tree, correspondent) -> None:
    site = make_site(territories["31555"])

    assert readable_fields(correspondent, site) == writable_fields(correspondent, site) == ALL
    assert {"access_notes", "resorption_target", "incoming_sites"} <= ALL


def test_a_field_with_a_right_of_its_own_is_read_with_that_right_only(territories, site_tree) -> None:
    observer = UserFactory(role=Role.OBSERVER, areas=[territories["31"]])

    assert readable_fields(observer, make_site(territories["31555"])) == ALL - {"access_notes"}


def test_a_field_with_a_right_of_its_own_is_written_with_that_right_only(territories, site_tree) -> None:
    operator = UserFactory(role=Role.OPERATOR, areas=[territories["31"]])
    site = make_site(territories["31555"])

    assert readable_fields(operator, site) == ALL
    assert writable_fields(operator, site) == ALL - {"resorption_target"}


def test_nobody_writes_a_field_that_they_may_not_read(territories, site_tree, correspondent) -> None:
    refuse(correspondent, Feature.SITE_READ_ACCESS_NOTES, territories["31"])

    assert writable_fields(correspondent, make_site(territories["31555"])) == ALL - {"access_notes"}


def test_the_right_on_a_field_holds_where_it_was_given(territories, site_tree, correspondent) -> None:
    refuse(correspondent, Feature.SITE_SET_OBJECTIVE, territories["31555"])
    toulouse, blagnac = make_site(territories["31555"]), make_site(territories["31069"])

    assert writable_fields(correspondent, toulouse) == ALL - {"resorption_target"}
    assert writable_fields(correspondent, blagnac) == ALL


def test_before_an_object_exists_the_territory_where_it_will_stand_is_asked(territories, correspondent) -> None:
    refuse(correspondent, Feature.SITE_SET_OBJECTIVE, territories["31555"])
    refuse(correspondent, Feature.SITE_READ_ACCESS_NOTES, territories["31069"])
    toulouse, blagnac, bordeaux = (territories[code] for code in ("31555", "31069", "33063"))

    assert writable_fields(correspondent, toulouse, SitePage) == ALL - {"resorption_target"}
    assert readable_fields(correspondent, blagnac, SitePage) == ALL - {"access_notes"}
    assert readable_fields(correspondent, bordeaux, SitePage) == ALL - {"access_notes"}


def test_what_no_longer_exists_shows_no_field_with_a_right_of_its_own(territories, site_tree, correspondent) -> None:
    site = make_site(territories["31555"])
    site.live = False

    assert readable_fields(correspondent, site) == ALL - {"access_notes"}
    assert writable_fields(correspondent, site) == ALL - {"access_notes", "resorption_target"}


def test_an_entry_asks_the_right_on_the_object_shown_or_anywhere(territories, site_tree, correspondent) -> None:
    may_close = whoever_may(Feature.SITE_CLOSE)
    here, elsewhere = make_site(territories["31555"]), make_site(territories["33063"])

    assert may_close(correspondent) and may_close(correspondent, here)
    assert not may_close(correspondent, elsewhere)
    assert not may_close(UserFactory(role=Role.OBSERVER, areas=[territories["31"]]))


def test_the_fields_of_an_object_cost_no_query_more_than_the_rights(
    territories, site_tree, correspondent, django_assert_max_num_queries
) -> None:
    site = SitePage.objects.with_places().get(pk=make_site(territories["31555"]).pk)

    with django_assert_max_num_queries(3):
        writable_fields(correspondent, site)
