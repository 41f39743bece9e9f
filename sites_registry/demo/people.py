"""Organisations and people of the demonstration, and who among them writes about a commune."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from rbsite.accounts.enums import AdminRole, OrganisationCategory, Role, UserStatus
from rbsite.accounts.models import Organisation, OrganisationArea, OrganisationType, User
from rbsite.base.text import fold
from rbsite.territories.enums import TerritoryKind as Kind
from rbsite.territories.models import Territory

from .names import POSITIONS, full_name

PASSWORD = "demo-resorption-2026"  # noqa: S105 - public: the demonstration prints it
PEOPLE = 160
#: Days before today: whoever joined so long ago may have written any state of the demonstration.
LONG_AGO = 2300
_PUBLIC = OrganisationCategory.PUBLIC_ESTABLISHMENT
_LOCAL = OrganisationCategory.TERRITORIAL_COLLECTIVITY
_ASSOCIATION = OrganisationCategory.ASSOCIATION
_PARTNER = Role.INSTITUTIONAL_PARTNER

#: uid: (name, plural, abbreviation, category, default role)
TYPES = {
    "prefecture": ("Préfecture", "Préfectures", "", _PUBLIC, Role.CORRESPONDENT),
    "ddets": (
        "Direction départementale de l’emploi, du travail et des solidarités",
        "Directions départementales de l’emploi, du travail et des solidarités",
        "DDETS",
        _PUBLIC,
        Role.CORRESPONDENT,
    ),
    "commune": ("Commune", "Communes", "", _LOCAL, _PARTNER),
    "epci": ("Intercommunalité", "Intercommunalités", "EPCI", _LOCAL, _PARTNER),
    "departement": ("Conseil départemental", "Conseils départementaux", "CD", _LOCAL, _PARTNER),
    "region": ("Conseil régional", "Conseils régionaux", "CR", _LOCAL, _PARTNER),
    "operateur": ("Association opératrice", "Associations opératrices", "", _ASSOCIATION, Role.OPERATOR),
    "benevoles": ("Association de bénévoles", "Associations de bénévoles", "", _ASSOCIATION, Role.INTERVENER),
    "ars": ("Agence régionale de santé", "Agences régionales de santé", "ARS", _PUBLIC, _PARTNER),
    "education": ("Service de l’éducation nationale", "Services de l’éducation nationale", "", _PUBLIC, _PARTNER),
    "police": (
        "Police nationale ou gendarmerie",
        "Services de police nationale et de gendarmerie",
        "",
        _PUBLIC,
        Role.OBSERVER,
    ),
    "recherche": ("Organisme de recherche", "Organismes de recherche", "", _PUBLIC, Role.OBSERVER),
    "centrale": (
        "Administration centrale",
        "Administrations centrales",
        "",
        OrganisationCategory.ADMINISTRATION,
        Role.NATIONAL_ACTOR,
    ),
}

_OPERATORS = ("Les Trois Gués", "Toits et Passages", "Ancrages Solidaires", "Le Pas de Plus", "Rives Communes")
_VOLUNTEERS = ("Voisins des Deux Rives", "Les Mains Tendues du Nord", "Le Cartable Partagé")
#: How many of the busiest départements have both State services, a town, an EPCI…
_WITH_BOTH_SERVICES, _WITH_TOWN, _WITH_EPCI, _WITH_COUNCIL = 6, 8, 5, 2

#: e-mail, first name, last name, key of the organisation, role, administration
_ACCOUNTS = (
    ("national@demo.test", "Nathalie", "Ferrand", "dihal", "", AdminRole.NATIONAL),
    ("admin31@demo.test", "Alain", "Castaing", "prefecture-31", Role.CORRESPONDENT, AdminRole.LOCAL),
    ("prefecture31@demo.test", "Claire", "Dumas", "prefecture-31", Role.CORRESPONDENT, ""),
    ("ddets33@demo.test", "Denis", "Labadie", "ddets-33", Role.CORRESPONDENT, ""),
    ("ville.toulouse@demo.test", "Valérie", "Fourcade", "commune-31555", _PARTNER, ""),
    ("metropole.toulouse@demo.test", "Mathieu", "Sabatier", "epci-243100518", _PARTNER, ""),
    ("operateur31@demo.test", "Odile", "Garrigue", "operateur-31", Role.OPERATOR, ""),
    ("intervenant31@demo.test", "Inès", "Loubet", "benevoles-31", Role.INTERVENER, ""),
    ("observateur@demo.test", "Olivier", "Noguès", "recherche-31", Role.OBSERVER, ""),
    ("dihal@demo.test", "Delphine", "Hamelin", "dihal", Role.NATIONAL_ACTOR, ""),
)
ACCOUNT_EMAILS = tuple(account[0] for account in _ACCOUNTS)
_WRITERS = {Role.CORRESPONDENT: 5, Role.INSTITUTIONAL_PARTNER: 3, Role.OPERATOR: 3}


@dataclass
class Structure:
    """An organisation to create, under a key of ours, with its territories."""

    key: str
    type: str
    name: str
    areas: list[Territory] = field(default_factory=list)
    abbreviation: str = ""


class Writers:
    """Who writes about a commune: those whose role and territories give the right, the State's services most often."""

    def __init__(self, users: list[User], areas: dict[int, list[int]]):
        self._by_territory: dict[int, list[User]] = defaultdict(list)
        for user in users:
            for territory in areas[user.organisation_id]:
                self._by_territory[territory] += [user] * _WRITERS.get(user.role, 0)

    def choose(self, rng: Random, commune: Territory, when: datetime, *, declares: bool = False) -> User:
        """One of those who were there `when`; declaring and closing need more than an operator's rights."""
        near = [user for place in commune.lineage for user in self._by_territory[place] if user.date_joined <= when]
        if declares:
            near = [user for user in near if user.role != Role.OPERATOR]
        return rng.choice(near)


def create_people(
    departements: list[Territory], communes: dict[int, list[Territory]], rng: Random, now: datetime
) -> Writers:
    """Create types, organisations and people for `departements` (the busiest first, their `communes` largest first)."""
    types = _create_types()
    structures = {structure.key: structure for structure in _structures(departements, communes)}
    organisations = {
        structure.key: Organisation(
            name=structure.name, abbreviation=structure.abbreviation, type=types[structure.type]
        )
        for structure in structures.values()
    }
    Organisation.objects.bulk_create(organisations.values())
    OrganisationArea.objects.bulk_create(
        OrganisationArea(organisation=organisations[key], territory=territory, is_main=not rank)
        for key, structure in structures.items()
        for rank, territory in enumerate(structure.areas)
    )
    users = [*_accounts(organisations), *_members(list(organisations.values()), rng)]
    _save_users(users, rng, now)
    areas = {organisations[key].pk: [place.pk for place in s.areas] for key, s in structures.items()}
    return Writers(users, areas)


def _create_types() -> dict[str, OrganisationType]:
    names = ("name_singular", "name_plural", "abbreviation", "category", "default_role")
    types = {
        uid: OrganisationType(uid=uid, is_police=uid == "police", **dict(zip(names, facts, strict=True)))
        for uid, facts in TYPES.items()
    }
    OrganisationType.objects.bulk_create(types.values(), ignore_conflicts=True)
    return {type_.uid: type_ for type_ in OrganisationType.objects.all()}


def _structures(departements: list[Territory], communes: dict[int, list[Territory]]) -> Iterator[Structure]:
    country = Territory.objects.get(kind=Kind.COUNTRY)
    yield Structure(
        "dihal",
        "centrale",
        "Délégation interministérielle à l’hébergement et à l’accès au logement",
        [country],
        "DIHAL",
    )
    for rank, place in enumerate(departements):
        yield from _public_structures(rank, place, communes[place.pk])
    yield from _associations(departements)


def _public_structures(rank: int, place: Territory, communes: list[Territory]) -> Iterator[Structure]:
    """The State's services and local authorities of a département; the busiest ones have more of them."""
    code, name = place.code, place.name
    both = rank < _WITH_BOTH_SERVICES
    if both or rank % 2:
        yield Structure(f"prefecture-{code}", "prefecture", f"Préfecture – {name}", [place], f"Préfecture {code}")
    if both or not rank % 2:
        yield Structure(f"ddets-{code}", "ddets", f"DDETS – {name}", [place], f"DDETS {code}")
    if rank < _WITH_TOWN:
        town = communes[0].commune or communes[0]
        yield Structure(f"commune-{town.code}", "commune", f"Ville de {town.name}", [town])
        if rank < _WITH_EPCI and (epci := town.epci) is not None:
            yield Structure(f"epci-{epci.code}", "epci", epci.name, [epci])
    if rank < _WITH_COUNCIL:
        yield Structure(f"departement-{code}", "departement", f"Conseil départemental – {name}", [place], f"CD {code}")
    if rank == 0:
        region = place.region
        yield Structure("region", "region", f"Conseil régional – {region.name}", [region])
        yield Structure("ars", "ars", f"ARS {region.name}", [region])
        yield Structure("education", "education", f"Services de l’éducation nationale – {name}", [place])
        yield Structure("police", "police", f"Police nationale – {name}", [place])
        yield Structure("gendarmerie", "police", f"Gendarmerie – {name}", [place])
        yield Structure(f"recherche-{code}", "recherche", "Atelier de recherche sur l’habitat précaire", [place])


def _associations(departements: list[Territory]) -> Iterator[Structure]:
    """One operator and one group of volunteers for the first département alone; the others share theirs."""
    first, others = departements[0], departements[1:]
    yield Structure(f"operateur-{first.code}", "operateur", "Escales du Midi", [first])
    yield Structure(f"benevoles-{first.code}", "benevoles", "Collectif Grain de Sel", [first])
    for uid, names in (("operateur", _OPERATORS), ("benevoles", _VOLUNTEERS)):
        for rank, name in enumerate(names):
            if areas := others[rank :: len(names)]:
                yield Structure(f"{uid}-{rank}", uid, name, areas)


def _accounts(organisations: dict[str, Organisation]) -> Iterator[User]:
    for email, first_name, last_name, key, role, admin_role in _ACCOUNTS:
        if key in organisations:
            yield User(
                email=email,
                first_name=first_name,
                last_name=last_name,
                organisation=organisations[key],
                position="compte de démonstration",
                role=role,
                admin_role=admin_role,
                is_superuser=admin_role == AdminRole.NATIONAL,
                status=UserStatus.ACTIVE,
            )


def _members(organisations: list[Organisation], rng: Random) -> Iterator[User]:
    """Up to four people for each organisation, until there are enough; the first of each is always active."""
    emails: set[str] = set()
    places = [(rank, organisation) for rank in range(4) for organisation in organisations]
    for rank, organisation in places[: PEOPLE - len(_ACCOUNTS)]:
        first_name, last_name = full_name(rng)
        local, domain = fold(f"{first_name} {last_name}"), fold(str(organisation))
        email = f"{local.replace(' ', '.')}@{domain.replace(' ', '-')[:40]}.demo.test"
        while email in emails:
            email = f"{rng.randint(2, 99)}.{email}"
        emails.add(email)
        status = rng.choice([UserStatus.ACTIVE] * 12 + [UserStatus.NEW, UserStatus.INACTIVE]) if rank else "active"
        yield User(
            email=email,
            first_name=first_name,
            last_name=last_name,
            organisation=organisation,
            position=rng.choice(POSITIONS[_trade(organisation.type)]),
            phone=f"05 61 00 {rng.randint(10, 99)} {rng.randint(10, 99)}" if rng.random() < 0.6 else "",
            role="" if status == UserStatus.NEW else organisation.type.default_role,
            status=status,
        )


def _trade(type_: OrganisationType) -> str:
    if type_.uid in {"prefecture", "ddets"}:
        return "state"
    return {_LOCAL: "local", _ASSOCIATION: "association"}.get(type_.category, "other")


def _save_users(users: list[User], rng: Random, now: datetime) -> None:
    """One hash for all: they share a password that everybody knows."""
    password = make_password(PASSWORD)
    for user in users:
        user.password = password
        user.is_active = user.status == UserStatus.ACTIVE
    User.objects.bulk_create(users)
    seen: set[int] = set()
    for user in users:  # after the insert, which would write the day of today
        is_first = user.organisation_id not in seen
        seen.add(user.organisation_id)
        age = rng.randint(5, 30) if user.status == UserStatus.NEW else rng.randint(60, LONG_AGO)
        user.date_joined = now - timedelta(days=LONG_AGO if is_first else age)
    User.objects.bulk_update(users, ["date_joined"])
