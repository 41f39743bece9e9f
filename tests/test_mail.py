"""The demo's mails are files."""

import email
import os
from email import policy
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage, send_mail, send_mass_mail


def use_files(settings: Any, folder: Path) -> Path:
    settings.EMAIL_BACKEND = "rbsite.base.mail.EmlFileBackend"
    settings.EML_DIR = folder / "mails"
    return settings.EML_DIR


def test_each_mail_is_one_readable_file(settings: Any, tmp_path: Path) -> None:
    folder = use_files(settings, tmp_path)

    send_mail("Site déclaré à Évry", "Bonjour,", "de@demo.test", ["a@demo.test"])

    (file,) = folder.iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.suffix == ".eml"
    assert (message["Subject"], message["To"]) == ("Site déclaré à Évry", "a@demo.test")
    assert message.get_content().strip() == "Bonjour,"


def test_file_names_sort_by_hour_of_sending(settings: Any, tmp_path: Path) -> None:
    folder = use_files(settings, tmp_path)

    send_mass_mail([(f"Sujet {n}", "", "de@demo.test", ["a@demo.test"]) for n in range(5)])

    subjects = [email.message_from_bytes(file.read_bytes())["Subject"] for file in sorted(folder.iterdir())]
    assert subjects == [f"Sujet {n}" for n in range(5)]


def test_mail_without_recipient_is_not_written(settings: Any, tmp_path: Path) -> None:
    folder = use_files(settings, tmp_path)

    assert EmailMessage("Sujet", "", "de@demo.test", []).send() == 0
    assert not folder.exists() or list(folder.iterdir()) == []


def test_mails_are_read_by_the_account_that_runs_the_demo_only(settings: Any, tmp_path: Path) -> None:
    folder = use_files(settings, tmp_path)
    folder.mkdir()
    folder.chmod(0o777)  # a folder of before
    umask = os.umask(0)
    try:
        send_mail("Mot de passe oublié", "Le lien :", "de@demo.test", ["a@demo.test"])
    finally:
        os.umask(umask)

    (file,) = folder.iterdir()
    assert (oct(folder.stat().st_mode & 0o777), oct(file.stat().st_mode & 0o777)) == ("0o700", "0o600")
