"""The table of docs/rights.md and the roles in the code say the same of what is sensitive."""

from pathlib import Path

import pytest
from django.conf import settings

from rbsite.accounts.enums import AdminRole, Role
from rbsite.accounts.roles import ADMIN_RIGHTS, ROLE_RIGHTS, RoleRights

ROWS = {
    "correspondant": ROLE_RIGHTS[Role.CORRESPONDENT],
    "partenaire institutionnel": ROLE_RIGHTS[Role.INSTITUTIONAL_PARTNER],
    "opérateur": ROLE_RIGHTS[Role.OPERATOR],
    "intervenant": ROLE_RIGHTS[Role.INTERVENER],
    "observateur externe": ROLE_RIGHTS[Role.OBSERVER],
    "acteur national": ROLE_RIGHTS[Role.NATIONAL_ACTOR],
    "administrateur local": ADMIN_RIGHTS[AdminRole.LOCAL],
    "administrateur national": ADMIN_RIGHTS[AdminRole.NATIONAL],
}


def table() -> dict[str, list[str]]:
    lines = Path(settings.BASE_DIR, "docs/rights.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {role: rest for role, *rest in cells if role in ROWS}


def always(rights: RoleRights) -> set[str]:
    return {*rights.own, *rights.nation}


def with_options(rights: RoleRights) -> set[str]:
    return always(rights).union(*(features for features, _nation in rights.options.values()))


def test_every_role_of_the_code_has_its_row():
    assert table().keys() == ROWS.keys()


@pytest.mark.parametrize("role", ROWS)
def test_a_role_reads_the_sensitive_parts_that_its_row_tells_and_no_other(role):
    reads, _does, options = table()[role]
    rights = ROWS[role]

    everything = reads == "everything"
    assert ("site.read_access_notes" in with_options(rights)) == ("sites without access notes" not in reads)
    assert ("journal.read" in always(rights)) == (everything or "journals" in reads)
    assert ("finances.access" in always(rights)) == everything
    assert ("procedure.access" in always(rights)) == everything
    assert ("procedure.access" in with_options(rights)) == (everything or "procedures" in options)
    assert ("finances.access" in with_options(rights)) == (everything or "finances" in options)
    assert ("site.read" in rights.nation) == ("whole country" in reads or role == "administrateur national")


def test_no_role_reads_access_notes_on_the_whole_country():
    assert [role for role, rights in ROLE_RIGHTS.items() if "site.read_access_notes" in rights.nation] == []
    nationwide = [features for rights in ROLE_RIGHTS.values() for features, nation in rights.options.values() if nation]
    assert not any("site.read_access_notes" in features for features in nationwide)
