"""The role table: who may do what, and where. Read it from top to bottom; nothing else grants by role.

« Own » rights hold on the territories of the person and of their organisation; « nation » rights everywhere.
Source: the role matrix decided for the platform (docs/rights.md says the same in words).
"""

from dataclasses import dataclass, field

from .enums import AdminRole, Feature, Option, Role

F = Feature

#: Access notes are for those who work there: no right on the whole nation but the national administrator's gives them.
_READ_ALL = {F.SITE_READ, F.SITE_READ_ACCESS_NOTES, F.ACTION_READ, F.JOURNAL_READ, F.STATISTICS_READ}
_EXPORTS = {F.SITE_EXPORT, F.ACTION_EXPORT, F.JOURNAL_EXPORT, F.HISTORY_EXPORT}


@dataclass(frozen=True)
class RoleRights:
    """Features of a role on its own territories, in the whole nation, and by option."""

    own: frozenset[Feature] = frozenset()
    nation: frozenset[Feature] = frozenset()
    #: option -> (features, whether they hold nationwide)
    options: dict[Option, tuple[frozenset[Feature], bool]] = field(default_factory=dict)


def _option(*features: Feature, nation: bool = False) -> tuple[frozenset[Feature], bool]:
    return frozenset(features), nation


_PROCEDURES = {Option.ACCESS_PROCEDURES: _option(F.PROCEDURE_ACCESS)}

ROLE_RIGHTS: dict[str, RoleRights] = {
    Role.CORRESPONDENT: RoleRights(
        own=frozenset(
            _READ_ALL
            | _EXPORTS
            | {F.PROCEDURE_ACCESS, F.OWNER_ACCESS, F.FINANCES_ACCESS}
            | {F.SITE_CREATE, F.SITE_UPDATE, F.SITE_CLOSE, F.SITE_REOPEN, F.SITE_CORRECT}
            | {F.SITE_SET_OBJECTIVE, F.SITE_MANAGE_PHASES, F.SITE_INTERVENE}
            | {F.ACTION_CREATE, F.ACTION_UPDATE, F.JOURNAL_WRITE}
        ),
        options={Option.READ_NATIONAL: _option(F.SITE_READ, F.ACTION_READ, nation=True)},
    ),
    Role.INSTITUTIONAL_PARTNER: RoleRights(
        own=frozenset(
            _READ_ALL
            | {F.SITE_EXPORT, F.ACTION_EXPORT, F.SITE_CREATE, F.SITE_UPDATE, F.SITE_REPORT, F.SITE_INTERVENE}
            | {F.SITE_MANAGE_PHASES, F.ACTION_CREATE, F.ACTION_UPDATE, F.JOURNAL_WRITE}
        ),
        options={Option.CLOSE_SITE: _option(F.SITE_CLOSE), **_PROCEDURES},
    ),
    Role.OPERATOR: RoleRights(
        own=frozenset(
            _READ_ALL
            | {F.SITE_EXPORT, F.ACTION_EXPORT, F.SITE_UPDATE, F.SITE_REPORT, F.SITE_INTERVENE, F.JOURNAL_WRITE}
        ),
        options={
            Option.CREATE_SITE: _option(F.SITE_CREATE),
            Option.CLOSE_SITE: _option(F.SITE_CLOSE),
            **_PROCEDURES,
        },
    ),
    Role.INTERVENER: RoleRights(
        own=frozenset(_READ_ALL | {F.SITE_REPORT, F.SITE_INTERVENE, F.JOURNAL_WRITE}), options=_PROCEDURES
    ),
    Role.OBSERVER: RoleRights(own=frozenset({F.SITE_READ, F.SITE_REPORT, F.ACTION_READ, F.STATISTICS_READ})),
    Role.NATIONAL_ACTOR: RoleRights(
        nation=frozenset(
            {F.SITE_READ, F.SITE_REPORT, F.ACTION_READ, F.STATISTICS_READ, F.SITE_EXPORT, F.ACTION_EXPORT}
        ),
        options={
            Option.ACCESS_PROCEDURES: _option(F.PROCEDURE_ACCESS, nation=True),
            Option.ACCESS_FINANCES: _option(F.FINANCES_ACCESS, nation=True),
        },
    ),
}

ADMIN_RIGHTS: dict[str, RoleRights] = {
    AdminRole.LOCAL: RoleRights(
        own=frozenset(
            _READ_ALL
            | _EXPORTS
            | {F.PROCEDURE_ACCESS, F.OWNER_ACCESS, F.FINANCES_ACCESS}
            | {F.SITE_DELETE, F.SITE_CORRECT, F.SITE_REPORT, F.JOURNAL_MODERATE}
            | {F.USER_READ, F.USER_CREATE, F.USER_ACTIVATE, F.USER_DEACTIVATE, F.USER_EXPORT}
        )
    ),
    AdminRole.NATIONAL: RoleRights(nation=frozenset(Feature)),
}
