"""What the system where the platform runs cannot do for tables."""

from typing import Any

from django.core.checks import CheckMessage, Warning

from .child import is_limited


def files_are_read_within_limits(**_options: Any) -> list[CheckMessage]:
    """Warn where a file is read without limits of memory and time: those of the child are Linux's."""
    if is_limited():
        return []
    hint = "Serve the platform from Linux: a table can otherwise take the memory of the machine."
    return [Warning("Tables are read without limits of memory and time.", hint=hint, id="rb.W001")]
