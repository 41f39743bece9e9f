"""When Wagtail's own tasks are run: its search index and its index of references."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id


@dataclass(frozen=True)
class _Deed:
    """Something to run, and what makes it the same as another."""

    key: tuple
    run: Callable[[], Any]

    def __call__(self) -> None:
        self.run()


class WhenKept(ImmediateBackend):
    """Runs a task once the change that it tells of is kept, and the same one once.

    At once, within the transaction, two people who save two sites would wait for each other at the index of titles, and
    a task that fails would break the transaction without a word.
    """

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Say when the task was taken; it is run at the end of the transaction."""
        if settings.AFTER_ANSWER_AT_ONCE:
            return super().enqueue(task, args, kwargs)
        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus("READY"),
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        when_kept((task.module_path, repr(args), repr(kwargs)), lambda: self._execute_task(result))
        return result


def when_kept(key: tuple, deed: Callable[[], Any]) -> None:
    """Do it once the transaction is kept, unless the same is to be done already; a failure is logged."""
    if settings.AFTER_ANSWER_AT_ONCE:
        deed()
        return
    active = set(connection.savepoint_ids)
    for points, waiting, _is_robust in connection.run_on_commit:
        if isinstance(waiting, _Deed) and waiting.key == key and points <= active:
            return  # what undoes it undoes this change too
    transaction.on_commit(_Deed(key, deed), robust=True)
