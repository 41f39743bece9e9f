"""A room above adds a column to the exports of sites."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from rbsite.accounts.models import GrantException
from rbsite.accounts.permissions import whoever_may
from sites_registry.models import SitePage, SiteVersion
from sites_registry.sites.exchange.columns import EXPORT_COLUMNS, ExportColumn
from sites_registry.sites.exchange.exports import SiteExport, default_parts
from sites_registry.sites.exchange.importing import check_sites, import_sites
from tests.factories import make_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site_tree")]
HEADER = "Versions connues"


def versions(user, sites) -> dict[int, int]:
    """Two queries whatever the number of sites: of the sites that the person may read, the number of versions."""
    readable = set(SitePage.objects.visible_to(user).filter(pk__in=sites).values_list("pk", flat=True))
    keys = list(SiteVersion.objects.filter(site__in=sites).values_list("site", flat=True))
    return {key: keys.count(key) for key in readable}


@pytest.fixture
def column() -> Iterator[ExportColumn]:
    may = whoever_may("statistics.read")
    entry = ExportColumn(
        key="versions", header=HEADER, part="conditions", may=may, values=versions, queries=2, is_count=True
    )
    yield EXPORT_COLUMNS.register(entry)
    EXPORT_COLUMNS.remove(entry.key)


@pytest.fixture
def me(people, territories):
    make_site(territories["31555"], external_id="A1")
    make_site(territories["31069"], external_id="A2")
    make_site(territories["33063"], external_id="G1")
    return people.correspondent


def exported(user, file_format="csv", **wanted) -> bytes:
    output = io.BytesIO()
    SiteExport(user, QueryDict(), **wanted).write(file_format, output)
    return output.getvalue()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def queries_of(user) -> int:
    with CaptureQueriesContext(connection) as queries:
        exported(user)
    return len(queries)


def test_the_column_is_in_every_format(me, column):
    everything = default_parts() | {"gps"}

    assert [row[HEADER] for row in rows_of(exported(me))] == ["1", "1"]
    book = load_workbook(io.BytesIO(exported(me, "xlsx")))
    place = [cell.value for cell in book["Sites"][1]].index(HEADER)
    assert book["Sites"][2][place].value == 1
    assert [line for line in book["Totaux"].iter_rows(values_only=True) if line[0] == HEADER] == [(HEADER, 2, 2)]
    assert [site["versions"] for site in json.loads(exported(me, "json"))] == [1, 1]
    features = json.loads(exported(me, "geojson", parts=everything))["features"]
    assert [feature["properties"]["versions"] for feature in features] == [1, 1]


def test_without_its_right_or_its_part_the_column_is_absent_and_costs_nothing(me, column):
    exported(me)  # reads the rights of the person
    with_it = queries_of(me)
    without_part = exported(me, parts=frozenset({"suivi"}))

    GrantException.objects.create(user=me, feature="statistics.read", is_allowed=False, is_national=True)
    me.cached_grants = None
    csv_, xlsx, json_ = (exported(me, kind) for kind in ("csv", "xlsx", "json"))
    without_right = queries_of(me)
    EXPORT_COLUMNS.remove("versions")
    without_column = queries_of(me)
    EXPORT_COLUMNS.register(column)

    assert HEADER not in without_part.decode() and HEADER not in csv_.decode()
    assert HEADER not in [cell.value for cell in load_workbook(io.BytesIO(xlsx))["Sites"][1]]
    assert all("versions" not in site for site in json.loads(json_))
    assert (with_it - without_column, without_right - without_column) == (column.queries, 0)


def test_the_column_costs_the_same_for_many_sites(me, column, territories):
    exported(me)
    few = queries_of(me)
    for rank in range(6):
        make_site(territories["31555"], address=f"{rank} rue Neuve")

    assert queries_of(me) == few


def test_the_column_says_what_is_so_today_and_is_absent_from_the_past(me, column):
    yesterday = timezone.localdate() - timedelta(days=1)

    assert HEADER not in exported(me, as_of=yesterday).decode()


def test_an_export_with_the_column_comes_back_unchanged(me, column):
    content = exported(me)

    [notice] = [notice for notice in check_sites(content, by=me).notices if HEADER in notice]
    assert notice.startswith("Colonnes calculées par la plateforme, non lues")
    assert import_sites(content, by=me).unchanged == 2


def test_a_key_is_registered_once(column):
    with pytest.raises(ValueError, match="versions"):
        EXPORT_COLUMNS.register(column)


def test_access_notes_are_no_column_for_who_may_read_them_nowhere(me, territories):
    SitePage.objects.filter(external_id="A1").update(access_notes="Portail vert")
    everything = default_parts() | {"acces"}
    assert "Portail vert" in exported(me, parts=everything).decode()

    GrantException.objects.create(user=me, feature="site.read_access_notes", is_allowed=False, is_national=True)
    me.cached_grants = None

    for kind in ("csv", "json"):
        content = exported(me, kind, parts=everything).decode()
        assert "Portail vert" not in content and "accès »" not in content and "access_notes" not in content
