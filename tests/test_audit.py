"""`make audit` tells what it knows, and that it knows nothing."""

import json
import runpy
import subprocess
from types import SimpleNamespace

import pytest

from tests.test_house_rules import ROOT

CLEAN = {"dependencies": [{"name": "django", "version": "5.2.19", "vulns": []}]}
CONCERNED = {
    "dependencies": [
        {"name": "django", "version": "5.2.19", "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.2.20", "6.0.1"]}]},
        {"name": "left out", "skip_reason": "not on PyPI"},
    ]
}


@pytest.mark.parametrize(
    ("stdout", "stderr", "status", "said"),
    [
        (json.dumps(CLEAN), "", None, "No known advisory concerns the 1 locked packages."),
        (json.dumps(CONCERNED), "", 1, "django 5.2.19: PYSEC-1, mended in 5.2.20, 6.0.1"),
        ("", "ERROR: no network\n", 2, "Advisories could not be read, so nothing is known: ERROR: no network"),
        ("", "", 2, "Advisories could not be read, so nothing is known: no reason was given"),
    ],
)
def test_the_audit_says_what_it_knows_and_what_it_does_not(monkeypatch, capsys, stdout, stderr, status, said):
    answer = SimpleNamespace(stdout=stdout, stderr=stderr)
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: answer)
    main = runpy.run_path(str(ROOT / "scripts/audit.py"))["main"]

    if status is None:
        main()
    else:
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == status
    assert capsys.readouterr().out.strip() == said
