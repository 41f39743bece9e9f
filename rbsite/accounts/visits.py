"""When people come back: what their home tells as new since then."""

from datetime import datetime, timedelta

from .models import User

#: After such a pause, coming back is another visit.
_PAUSE = timedelta(hours=4)
#: Pages opened within this time are not written down again.
_GRAIN = timedelta(minutes=5)


def note_visit(user: User, now: datetime) -> datetime | None:
    """Note that `user` opens their home, and return when their previous visit ended (None on the first one)."""
    seen = user.seen_at
    if seen is None or now - seen > _GRAIN:
        if seen is not None and now - seen > _PAUSE:
            user.previous_visit_at = seen
        user.seen_at = now
        User.objects.filter(pk=user.pk).update(seen_at=now, previous_visit_at=user.previous_visit_at)
    return user.previous_visit_at
