"""Going back before the first migration of a room drops what people have written: not without a word."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError

from rbsite.accounts.models import User
from sites_registry.models import SitePage
from tests.factories import make_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("room", "label"), [("sites_registry", "1 sites"), ("knowledge", "page")])
def test_going_back_is_refused_while_there_is_something_to_lose(site_tree, territories, people, room, label):
    make_site(territories["31555"])

    with pytest.raises(IrreversibleError) as refused:
        call_command("migrate", room, "zero", verbosity=0)

    assert label in str(refused.value) and "RB_DROP_DATA=true" in str(refused.value)
    assert (SitePage.objects.count(), User.objects.count()) == (1, 9)


@pytest.mark.parametrize("how", ["empty", "told"])
def test_going_back_is_done_when_there_is_nothing_or_when_it_is_meant(site_tree, territories, settings, how):
    if how == "told":
        make_site(territories["31555"])
        settings.DROP_DATA = True

    call_command("migrate", "sites_registry", "zero", verbosity=0)

    assert SitePage._meta.db_table not in connection.introspection.table_names()
