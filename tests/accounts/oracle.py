"""Who may do what, worked out a second time: plain rows, a role table written by hand, and no code of the product.

Slow and naive on purpose. A verdict says why, so that a test can count what it has met and show what differs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from rbsite.accounts.enums import AdminRole, Feature, Option, Role

READ = {"site.read", "action.read", "statistics.read"}
PARTNER = READ | {"site.read_access_notes", "journal.read"}
EXPORTS = {"site.export", "action.export"}
SENSITIVE = {"procedure.access", "owner.access", "finances.access"}
WRITE = {"site.update", "site.intervene", "journal.write"}
#: What each role may do on its own territories; those of `NATION` may do it in the whole country.
OWN = {
    Role.CORRESPONDENT: PARTNER
    | EXPORTS
    | SENSITIVE
    | WRITE
    | {"journal.export", "history.export", "action.create", "action.update"}
    | {f"site.{verb}" for verb in ("create", "close", "reopen", "correct", "set_objective", "manage_phases")},
    Role.INSTITUTIONAL_PARTNER: PARTNER
    | EXPORTS
    | WRITE
    | {"site.create", "site.report", "site.manage_phases", "action.create", "action.update"},
    Role.OPERATOR: PARTNER | EXPORTS | WRITE | {"site.report"},
    Role.INTERVENER: PARTNER | {"site.report", "site.intervene", "journal.write"},
    Role.OBSERVER: READ | {"site.report"},
    Role.NATIONAL_ACTOR: set(),
    AdminRole.LOCAL: PARTNER
    | EXPORTS
    | SENSITIVE
    | {"journal.export", "history.export", "journal.moderate"}
    | {"site.delete", "site.correct", "site.report"}
    | {f"user.{verb}" for verb in ("read", "create", "activate", "deactivate", "export")},
    AdminRole.NATIONAL: set(),
}
NATION = {
    Role.NATIONAL_ACTOR: READ | EXPORTS | {"site.report"},
    AdminRole.NATIONAL: set(Feature.values),
}
#: Option -> the feature that it adds, to which roles, and whether in the whole country.
OPTIONS = [
    (Role.CORRESPONDENT, Option.READ_NATIONAL, {"site.read", "action.read"}, True),
    (Role.INSTITUTIONAL_PARTNER, Option.CLOSE_SITE, {"site.close"}, False),
    (Role.INSTITUTIONAL_PARTNER, Option.ACCESS_PROCEDURES, {"procedure.access"}, False),
    (Role.OPERATOR, Option.CREATE_SITE, {"site.create"}, False),
    (Role.OPERATOR, Option.CLOSE_SITE, {"site.close"}, False),
    (Role.OPERATOR, Option.ACCESS_PROCEDURES, {"procedure.access"}, False),
    (Role.INTERVENER, Option.ACCESS_PROCEDURES, {"procedure.access"}, False),
    (Role.NATIONAL_ACTOR, Option.ACCESS_PROCEDURES, {"procedure.access"}, True),
    (Role.NATIONAL_ACTOR, Option.ACCESS_FINANCES, {"finances.access"}, True),
]

#: An organisation to which a feature is given on one object: (organisation, feature, kind, id).
Gift = tuple[int, str, str, int]


@dataclass(frozen=True)
class Thing:
    """An object as the tests made it; it stands on `territories`, whatever contains them."""

    kind: str
    pk: int
    territories: tuple[int, ...]
    is_deleted: bool = False
    is_unpublished: bool = False


@dataclass(frozen=True)
class Reason:
    """Something that gives or refuses a right: what, where it holds, and whether on one territory of several only."""

    what: str
    where: str
    is_partial: bool = False


@dataclass(frozen=True)
class Verdict:
    """What speaks for and what speaks against; anything against wins."""

    grounds: frozenset[Reason]
    against: frozenset[Reason]

    @property
    def holds(self) -> bool:
        return bool(self.grounds) and not self.against


class Oracle:
    """The rows as they are now, and the gifts that the tests' own automatic right makes."""

    def __init__(self, gifts: Iterable[Gift]):
        self.gifts = set(gifts)
        self.people = {row["id"]: row for row in _rows("SELECT * FROM accounts_user")}
        self.exceptions = list(_rows("SELECT * FROM accounts_grantexception"))
        self.areas: dict[tuple[str, int], set[int]] = defaultdict(set)
        for row in _rows("SELECT * FROM accounts_userarea"):
            self.areas["user", row["user_id"]].add(row["territory_id"])
        for row in _rows("SELECT * FROM accounts_organisationarea"):
            self.areas["organisation", row["organisation_id"]].add(row["territory_id"])
        self.territories = {row["id"]: row for row in _rows("SELECT * FROM territories_territory")}
        self.countries = {pk for pk, row in self.territories.items() if row["kind"] == "country"}
        self._known: dict[int, set[int]] = {}

    def verdict(self, person: int, feature: str, thing: Thing) -> Verdict:
        row = self.people[person]
        grounds = {*self._by_table(row, feature, thing), *self._by_exception(row, feature, thing, True)}
        if (row["organisation_id"], feature, thing.kind, thing.pk) in self.gifts:
            grounds.add(Reason("given object", thing.kind))
        against = {*self._by_exception(row, feature, thing, False), *_by_state(row, thing)}
        return Verdict(frozenset(grounds), frozenset(against))

    def _by_table(self, row: dict[str, Any], feature: str, thing: Thing) -> Iterator[Reason]:
        """By role, administration and option; a superuser is a national administrator and no other."""
        admin_role = AdminRole.NATIONAL if row["is_superuser"] else row["admin_role"]
        for role in (row["role"], admin_role):
            what = "superuser" if row["is_superuser"] and role == AdminRole.NATIONAL else f"role {role}"
            if feature in NATION.get(role, ()):
                yield Reason(what, "nation")
            if feature in OWN.get(role, ()):
                yield from self._at_home(what, row, thing)
            for known, option, features, is_national in OPTIONS:
                if known == role and option in row["options"] and feature in features:
                    nation = [Reason(f"option {option}", "nation")]
                    yield from nation if is_national else self._at_home(f"option {option}", row, thing)

    def _at_home(self, what: str, row: dict[str, Any], thing: Thing) -> Iterator[Reason]:
        for holder, pk in (("user", row["id"]), ("organisation", row["organisation_id"])):
            covered = self._covered(thing, self.areas[holder, pk])
            if covered:
                yield Reason(what, f"area of the {holder}", covered < len(thing.territories))

    def _by_exception(self, row: dict[str, Any], feature: str, thing: Thing, is_allowed: bool) -> Iterator[Reason]:
        for exception in self.exceptions:
            if (exception["feature"], exception["is_allowed"]) != (feature, is_allowed):
                continue
            for holder, pk in (("user", row["id"]), ("organisation", row["organisation_id"])):
                if pk is not None and exception[f"{holder}_id"] == pk:
                    what = f"exception of the {holder}" if is_allowed else f"refusal of the {holder}"
                    yield from self._where_said(what, exception, thing)

    def _where_said(self, what: str, exception: dict[str, Any], thing: Thing) -> Iterator[Reason]:
        if exception["is_national"]:
            yield Reason(what, "nation")
        elif covered := self._covered(thing, set(exception["territory_ids"])):
            yield Reason(what, "territories", covered < len(thing.territories))

    def _covered(self, thing: Thing, areas: set[int]) -> int:
        """On how many of its territories the thing stands within `areas`."""
        return sum(bool(self.containing(territory) & areas) for territory in thing.territories)

    def containing(self, territory: int) -> set[int]:
        """The territory and all that contains it, followed column by column."""
        if territory not in self._known:
            row = self.territories[territory]
            above = {row[f"{name}_id"] for name in ("zone", "region", "departement", "epci", "commune")} - {None}
            self._known[territory] = {territory, *self.countries}.union(*(self.containing(pk) for pk in above))
        return self._known[territory]


def _by_state(row: dict[str, Any], thing: Thing) -> Iterator[Reason]:
    if row["status"] != "active":
        yield Reason(f"status {row['status']}", "person")
    if thing.is_deleted:
        yield Reason("deleted", thing.kind)
    if thing.is_unpublished:
        yield Reason("unpublished", thing.kind)


def _rows(statement: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))
