"""What is done once a person has their answer: a mail that a silent server would keep everybody waiting for."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connections, transaction

_log = logging.getLogger(__name__)
#: Few: what waits here waits for another server, and holds nobody.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="after")


def after_answer(deed: Callable[[], Any]) -> None:
    """Do it in another thread once what was changed is kept; never when that is rolled back.

    A failure is logged and told to nobody. Whatever is still to do when the process ends is lost.
    """
    if settings.AFTER_ANSWER_AT_ONCE:
        deed()
    else:
        transaction.on_commit(lambda: _threads.submit(_alone, deed).add_done_callback(_tell))


def _alone(deed: Callable[[], Any]) -> None:
    try:
        deed()
    finally:
        connections.close_all()


def _tell(done: Future) -> None:
    if error := done.exception():
        _log.error("What was to be done after an answer failed", exc_info=error)
