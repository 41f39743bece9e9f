"""The first start of a deployment: what is missing is told in French, then prepared, then served."""

import os
import re
import secrets
import subprocess
import sys

import pytest

from tests.test_house_rules import ROOT

from .conftest import Browser, database_url, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def production(tmp_path):
    return {
        "DJANGO_SETTINGS_MODULE": "rbsite.settings.base",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": database_url(),
        "ALLOWED_HOSTS": "127.0.0.1",
        "RB_BASE_URL": "http://127.0.0.1",
        "RB_DATA_DIR": str(tmp_path / "data"),
    }


def prepare(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_deployment_says_what_it_lacks_then_serves_its_styled_pages(transactional_db, production, tmp_path):
    with running(tmp_path, **production) as port:
        pages = [Browser(port).get(path) for path in ("/", "/sites/", "/compte/connexion/")]

    assert {page.status for page in pages} == {503}
    assert "Les feuilles de style et les scripts." in pages[0].text
    assert "python manage.py prepare" in pages[0].text and "<style>" in pages[0].text

    first, again = prepare(production), prepare(production)
    with running(tmp_path, **production) as port:
        browser = Browser(port)
        home, sign_in = browser.get("/"), browser.get("/compte/connexion/")
        style_sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', home.text)
        styled = [browser.get(path) for path in style_sheets]

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert "Communes, départements et régions" in first.stdout and "Page d’accueil" in first.stdout
    assert again.stdout.splitlines() == ["Fichiers statiques", first.stdout.splitlines()[-1]]
    assert [home.status, sign_in.status] == [200, 200]
    assert "Agir pour résorber les bidonvilles" in home.text
    assert len(styled) == 3 and {sheet.status for sheet in styled} == {200}


def test_a_database_that_does_not_answer_is_told_in_a_sentence(production, transactional_db):
    done = prepare(production | {"DATABASE_URL": "postgresql://rb@127.0.0.1:9/rb"})

    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: La base de données ne répond pas : vérifiez DATABASE_URL.")
