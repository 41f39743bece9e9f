"""What Django says of the settings of production."""

import os
import secrets
import subprocess
import sys

from tests.test_house_rules import ROOT

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "rbsite.settings.base",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "example.test",
    "RB_BASE_URL": "https://example.test",
}


def test_the_settings_of_production_pass_the_checks_of_a_deployment() -> None:
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "no issues" in checked.stdout


def test_each_check_that_is_silenced_says_why_on_its_line() -> None:
    lines = (ROOT / "rbsite/settings/base.py").read_text().splitlines()
    silenced = [line for line in lines if line.strip().startswith('"security.')]

    assert silenced
    assert all("  # " in line for line in silenced)
