"""How numbers, ages and answers are said in French. Unknown is said, never shown as zero or as « non »."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import formats, timezone

#: Ages of a site's last update, in months: below the first it is up to date, from the second it needs an update.
FRESH_MONTHS = 3
STALE_MONTHS = 6
_DAYS_BEFORE_MONTHS = 31


def number(value: int | float | Decimal | str | None) -> str:
    """« 1 310 » or « 12,5 », with narrow no-break spaces; « inconnu » for None; words are left as they are."""
    if value is None or value == "":
        return "inconnu"
    if isinstance(value, str):
        return value
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")


def plural(count: int | None, one: str, many: str) -> str:
    """« 1 site », « 1 310 sites »; zero is singular in French, and a number nobody knows is said."""
    if count is None:
        return f"{many} : inconnu"
    return f"{number(count)}\N{NO-BREAK SPACE}{many if abs(count) >= 2 else one}"


def yes_no_unknown(value: bool | None) -> str:
    """« Oui », « Non » or « Ne sait pas »: a variable that a template misses is unknown too, never « Non »."""
    return "Oui" if value is True else "Non" if value is False else "Ne sait pas"


def age(value: date | datetime, today: date) -> str:
    """Say how long before (or after) `today` the day of `value` is."""
    day = local_day(value)
    days = (today - day).days
    near = {0: "aujourd’hui", 1: "hier", -1: "demain"}.get(days)
    if near:
        return near
    length = _length(day, today)
    return f"il y a {length}" if days > 0 else f"dans {length}"


def freshness_of(value: date | datetime | None, today: date) -> tuple[str, str]:
    """State (fresh, aging, stale, unknown) and words of the age of a last update."""
    if value is None:
        return "unknown", "jamais actualisé"
    months = months_between(local_day(value), today)
    if months < FRESH_MONTHS:
        return "fresh", "à jour"
    if months < STALE_MONTHS:
        return "aging", f"{months}\N{NO-BREAK SPACE}mois"
    return "stale", f"plus de {STALE_MONTHS}\N{NO-BREAK SPACE}mois"


def months_between(first: date, last: date) -> int:
    """Whole months from `first` to `last` (0 when `last` is earlier)."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(0, months - (last.day < first.day))


def local_day(value: date | datetime) -> date:
    """The calendar day of `value` in the platform's time zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


def day_in_words(value: date | datetime, format: str = "j F Y") -> str:
    """« 2 avril 2026 » and « 1er avril 2026 », as French writes the first day of a month; `format` is Django's."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return formats.date_format(value, format.replace("j", r"j\e\r") if value.day == 1 else format)


def moment_in_words(value: datetime) -> str:
    """« 1er avril 2026 à 14:05 », in the platform's time zone."""
    return day_in_words(value, r"j F Y à H:i")


def _length(day: date, today: date) -> str:
    days = abs((today - day).days)
    if days < _DAYS_BEFORE_MONTHS:
        return f"{days}\N{NO-BREAK SPACE}jours"
    months = max(1, months_between(min(day, today), max(day, today)))
    if months < 24 and months != 12:
        return f"{months}\N{NO-BREAK SPACE}mois"
    years = months // 12
    return f"{years}\N{NO-BREAK SPACE}{'an' if years == 1 else 'ans'}"
