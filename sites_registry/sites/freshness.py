"""The age of what is known of a site, in SQL: the same turns as `wording.freshness_of`, which says it in words."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta

from django.db.models import Case, CharField, Q, Value, When
from django.utils import timezone

from rbsite.base.wording import FRESH_MONTHS, STALE_MONTHS


def seen_since(months: int) -> datetime:
    """The first moment that is less than `months` months ago: the freshness badge turns there."""
    today = timezone.localdate()
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = date(year, month + 1, min(today.day, monthrange(year, month + 1)[1])) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time.min))


def fresh() -> Q:
    """Sites brought up to date in the last 3 months."""
    return Q(situation_at__gte=seen_since(FRESH_MONTHS))


def aging() -> Q:
    """Sites last brought up to date between 3 and 6 months ago."""
    return Q(situation_at__gte=seen_since(STALE_MONTHS), situation_at__lt=seen_since(FRESH_MONTHS))


def not_stale() -> Q:
    """Fresh and aging sites together: brought up to date in the last 6 months."""
    return Q(situation_at__gte=seen_since(STALE_MONTHS))


def stale() -> Q:
    """Sites last brought up to date more than 6 months ago; those that never were are unknown, not stale."""
    return Q(situation_at__lt=seen_since(STALE_MONTHS))


def freshness_state() -> Case:
    """The state that `wording.freshness_of` gives: fresh, aging, stale or unknown."""
    return Case(
        When(fresh(), then=Value("fresh")),
        When(not_stale(), then=Value("aging")),
        When(situation_at__isnull=False, then=Value("stale")),
        default=Value("unknown"),
        output_field=CharField(),
    )
