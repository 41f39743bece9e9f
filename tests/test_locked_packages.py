"""The lock installs on every Python that the project promises, from the first release of the oldest on."""

import re
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from rbsite.settings.env import BASE_DIR

#: Debian 12 has 3.11.2; the oldest promised comes first.
PROMISED = ("3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0")
LOCK = (BASE_DIR / "requirements.lock.txt").read_text()
NAMES = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", LOCK, re.MULTILINE)


def requires_python(name: str) -> str:
    """What the installed package asks of Python; nothing when it is for another system."""
    try:
        return distribution(name).metadata.get("Requires-Python") or ""
    except PackageNotFoundError:
        return ""


def test_the_lock_is_read() -> None:
    assert {"django", "wagtail", "gunicorn", "pytest"} <= set(NAMES)


@pytest.mark.parametrize("python", PROMISED)
def test_every_locked_package_accepts_the_python(python: str) -> None:
    refusing = [
        f"{name} asks for Python {asked}"
        for name in NAMES
        if not SpecifierSet(asked := requires_python(name)).contains(Version(python))
    ]

    assert refusing == []


def test_the_lock_is_made_for_the_oldest_python_that_the_project_promises() -> None:
    project = (BASE_DIR / "pyproject.toml").read_text()
    oldest = re.search(r'^requires-python = ">=([\d.]+)"', project, re.MULTILINE)[1]

    assert f"--python-version {oldest}.0" in LOCK.partition("\n#    ")[2].partition("\n")[0]
