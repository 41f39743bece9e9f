"""Several people at once: how long one waits for what another holds, and what is said then.

Every verb goes through `verb`; whoever locks rows outside of one (a form that compares answers) through `or_busy`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from psycopg import errors

P = ParamSpec("P")
R = TypeVar("R")

BUSY = "Quelqu’un modifie ce site en ce moment. Votre saisie est gardée : réessayez."
_is_in_verb: ContextVar[bool] = ContextVar("is_in_verb", default=False)
#: Of this process, until `serve_requests` is called.
_limits_name = "DATABASE_LIMITS"
#: Two who each hold what the other waits for: whoever is put out may simply begin again.
_BEGIN_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)


class Busy(ValidationError):
    """Somebody else holds what was to be changed, for longer than one waits; nothing is stored.

    Forms show it as any error, with what was typed; elsewhere it is answered by 503.
    """

    def __init__(self, message: str = BUSY):
        super().__init__(message, code="busy")


@contextmanager
def or_busy() -> Iterator[None]:
    """A transaction, or a part of one: raises Busy when what it locks is held by somebody else for too long."""
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        if is_held(error):
            raise Busy from error
        raise


def is_held(error: BaseException | None) -> bool:
    """Whether the error says that somebody else holds what was to be changed."""
    return isinstance(error, Busy) or isinstance(getattr(error, "__cause__", None), errors.LockNotAvailable)


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """For what changes something: all of it or nothing, begun again once when two were in each other's way.

    Raises Busy when somebody else holds what it changes. A verb called by a verb is a part of it.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _is_in_verb.get():
            return function(*args, **kwargs)
        token = _is_in_verb.set(True)
        try:
            try:
                with or_busy():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, _BEGIN_AGAIN):
                    raise
            with or_busy():
                return function(*args, **kwargs)
        finally:
            _is_in_verb.reset(token)

    return run


@contextmanager
def patient(limit: str = "") -> Iterator[None]:
    """Wait for locks as a command does, in a request too: for what each holds shortly and many want at once.

    With a `limit` (« 5min »), wait as long as that: for PostgreSQL's own work. Within a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH known AS MATERIALIZED (SELECT current_setting('lock_timeout') AS was)"
            " SELECT was, set_config('lock_timeout', %s, true) FROM known",
            [limit or settings.DATABASE_LIMITS["lock_timeout"]],
        )
        was = cursor.fetchone()[0]
    yield  # a failure within undoes the setting with its transaction
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [was])


def serve_requests() -> None:
    """Say that this process answers people: they wait less than commands do (`settings.DATABASE_LIMITS_OF_REQUESTS`).

    To be called before the first connection of the threads that answer.
    """
    global _limits_name
    _limits_name = "DATABASE_LIMITS_OF_REQUESTS"


def limit(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Give a new connection its limits; a listener of `connection_created`."""
    limits = getattr(settings, _limits_name)
    calls = ", ".join("set_config(%s, %s, false)" for _ in limits)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [word for pair in limits.items() for word in pair])
