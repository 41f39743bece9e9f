"""Days as people say them, and the moments from which a state holds."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from . import clock

#: Nothing that is followed here is older: an earlier year is a slip of the keyboard.
EARLIEST_DAY = date(1950, 1, 1)


def wrong_day(day: date | None, today: date) -> str:
    """What is wrong, in French, with a day that was: to come, or before anybody followed anything; else « »."""
    if day is None:
        return ""
    if day > today:
        return "La date ne peut pas être dans le futur."
    return "La date est trop ancienne : vérifiez l’année." if day < EARLIEST_DAY else ""


def moment(day: date | None, now: datetime | None = None) -> datetime:
    """The moment from which a situation « au » `day` holds: `now` for today, else the start of that day in Paris."""
    now = now or clock.now()
    today = timezone.localdate(now)
    if day is None or day == today:
        return now
    if wrong := wrong_day(day, today):
        raise ValidationError({"at": wrong})
    return start_of(day)


def start_of(day: date) -> datetime:
    """Midnight in Paris, at which the day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def is_today(day: date | None) -> bool:
    """Whether a situation « au » `day` is the present one."""
    return day is None or day == timezone.localdate(clock.now())


def moment_known(page: Any, day: date | None, now: datetime | None = None) -> datetime:
    """As `moment`; a past day on which a state already starts is corrected from there, as people count in days."""
    now = now or clock.now()
    when = moment(day, now)
    if day is None or when == now:
        return when
    end = start_of(day + timedelta(days=1))
    history = page.version_model().objects.of_page(page.pk)
    believed = history.believed_now().filter(valid__startswith__range=(when, end), is_observed=True)
    starts = [start.valid.lower for start in believed.only("valid") if start.valid.lower < end]
    return max(starts, default=when)
