"""Who follows the sites of the demonstration: interventions, pins, and the phases of those that are being resorbed."""

from collections import defaultdict
from datetime import timedelta
from random import Random

from django.utils import timezone

from rbsite.accounts.enums import Role, UserStatus
from rbsite.accounts.models import OrganisationArea, User, UserArea

from ..models import Intervention, Phase, Pin, SitePage, SitePhase, SiteVersion
from ..sites.enums import ChangeKind
from ..versioned.history import serialise

_SHARE_FOLLOWED, _SHARE_IN_RESORPTION = 0.6, 0.2
_FIELD_ROLES = (Role.OPERATOR, Role.INTERVENER, Role.INSTITUTIONAL_PARTNER)
#: Demo account -> how many sites of its territory it works on, and how many it has pinned.
_AT_HAND = {"prefecture31@demo.test": (0, 3), "intervenant31@demo.test": (3, 1), "operateur31@demo.test": (2, 2)}


def follow_sites(rng: Random) -> None:
    """Interventions on about six open sites out of ten, a few pins, phases on about one out of eight."""
    sites = list(SitePage.objects.existing().open().select_related("commune").order_by("pk"))
    people = _people_by_territory()
    interventions = {}
    for site in sites:
        near = [user for place in site.commune.lineage for user in people.get(place, ())]
        if near and rng.random() < _SHARE_FOLLOWED:
            for user in rng.sample(near, k=min(len(near), rng.choice((1, 1, 2)))):
                interventions[user, site.pk] = Intervention(user_id=user, site=site)
    pins = []
    for email, (works_on, keeps) in _AT_HAND.items():
        user = User.objects.filter(email=email).first()
        here = [site for site in sites if user and set(site.commune.lineage) & _areas_of(user)]
        for site in here[:works_on]:
            interventions[user.pk, site.pk] = Intervention(user=user, site=site)
        pins += [Pin(user=user, site=site) for site in here[-keeps:]]
    Intervention.objects.bulk_create(interventions.values())
    Pin.objects.bulk_create(pins)
    _enter_phases([site for site in sites if rng.random() < _SHARE_IN_RESORPTION], rng)


def _enter_phases(sites: list[SitePage], rng: Random) -> None:
    """Each site has completed some phases, in order, and is in the next one or two: since its latest state."""
    phases = list(Phase.objects.all())
    kinds = (ChangeKind.UPDATED, ChangeKind.DECLARED, ChangeKind.PAST)
    latest = SiteVersion.objects.believed_now().filter(valid__upper_inf=True, is_remainder=False, kind__in=kinds)
    versions = {version.site_id: version for version in latest.filter(site__in=sites).select_related("author")}
    rows, changed = [], []
    for site in sites:
        version = versions.get(site.pk)
        if version is None or version.author is None:
            continue
        done, day = rng.randint(0, 6), timezone.localdate(version.valid.lower)
        entered = [
            SitePhase(
                site=site,
                phase=phase,
                started_by=version.author,
                completed_on=day - timedelta(days=20 * (done - rank)) if rank < done else None,
            )
            for rank, phase in enumerate(phases[: done + rng.choice((1, 2))])
        ]
        told = [{"phase": row.phase.slug, "completed_on": serialise(row.completed_on)} for row in entered]
        version.children = {**version.children, "phases": told}
        if version.changes:
            version.changes = {**version.changes, "phases": [None, told]}
        rows += entered
        changed.append(version)
    SitePhase.objects.bulk_create(rows)
    SiteVersion.objects.bulk_update(changed, ["children", "changes"])


def _people_by_territory() -> dict[int, list[int]]:
    """Territory -> the people of the field who act there, through their organisation."""
    people = defaultdict(list)
    active = User.objects.filter(status=UserStatus.ACTIVE, role__in=_FIELD_ROLES)
    areas = OrganisationArea.objects.filter(organisation__members__in=active).order_by("organisation__members", "pk")
    for territory, user in areas.values_list("territory", "organisation__members"):
        people[territory].append(user)
    known = set(active.values_list("pk", flat=True))
    return {territory: [user for user in users if user in known] for territory, users in people.items()}


def _areas_of(user: User) -> set[int]:
    areas = UserArea.objects.filter(user=user).values_list("territory", flat=True)
    return {
        *areas,
        *OrganisationArea.objects.filter(organisation=user.organisation_id).values_list("territory", flat=True),
    }
