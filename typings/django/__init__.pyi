# Django brings no types. These three files teach mypy TextChoices alone; whatever else is Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
