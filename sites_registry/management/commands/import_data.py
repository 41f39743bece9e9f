"""`manage.py import_data {sites,organisations…} FILE --user EMAIL`."""

import io
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rbsite.accounts.models import User
from rbsite.base.waiting import Busy
from rbsite.spreadsheets.annotated import write_annotated
from rbsite.spreadsheets.books import UnreadableFile
from rbsite.spreadsheets.kinds import KINDS, Kind
from rbsite.spreadsheets.opening import Opened
from rbsite.spreadsheets.report import Problem, Report
from rbsite.spreadsheets.writers import write_csv_template, write_template

_UNREADABLE = "Fichier illisible : {path} ({reason})."
_NO_DAY = "« {kind} » n’a pas de jour : retirez --day."
_HELD = "Quelqu’un modifie ce que ce fichier change : rien n’est écrit, recommencez dans un instant."
_NOBODY = "Aucune personne active n’a l’adresse {email}."
_TEMPLATE, _ANNOTATED = "Tableau vide : {path}", "Fichier annoté : {path}"
_TO_CREATE, _TO_CHANGE = "Ligne {row}, à créer : {name}", "Ligne {row}, à modifier : {name}"
_DIFFERENCE = "{label} : {old} → {new}"
_IGNORED = "Ligne {row}, colonne « {column} » : réponse sans objet, laissée de côté."


class Command(BaseCommand):
    """Import a table, all or nothing, with the rights of a person; the exit status is 1 when anything is wrong."""

    help = "Importe un tableau (xlsx, ods ou csv), tout ou rien, avec les droits d’une personne."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = [kind.key for kind in KINDS]
        parser.add_argument("kind", choices=kinds, help="ce que contient le tableau")
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="fichier à importer")
        parser.add_argument("--user", metavar="EMAIL", help="personne au nom de qui l’import est fait")
        parser.add_argument("--dry-run", action="store_true", help="vérifie sans rien écrire")
        parser.add_argument("--sheet", default="", help="feuille à lire, si ce n’est pas la mieux remplie")
        parser.add_argument("--header-row", type=int, default=0, metavar="N", help="ligne des titres")
        parser.add_argument(
            "--day", type=date.fromisoformat, metavar="DATE", help="jour dont parle le tableau : AAAA-MM-JJ"
        )
        parser.add_argument("--annotated", type=Path, metavar="OUT", help="écrit une copie annotée du fichier (.xlsx)")
        parser.add_argument("--template", type=Path, metavar="OUT", help="écrit un tableau vide (.xlsx ou .csv)")

    def handle(self, *args: Any, kind: str, file: Path | None, user: str | None, **options: Any) -> None:
        if options["template"]:
            self._write_template(KINDS[kind], options["template"])
            return
        if file is None or user is None:
            raise CommandError("Indiquez le fichier, et la personne avec --user.")
        person = user_of(user)
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(_UNREADABLE.format(path=file, reason=error.strerror)) from error
        try:
            report = self._load(KINDS[kind], content, person, options)
        except PermissionDenied as error:
            raise CommandError(str(error)) from error
        except Busy as error:
            raise CommandError(_HELD) from error
        self._tell(report, details=options["dry_run"])
        if not report.is_valid:
            sys.exit(1)

    def _load(self, kind: Kind, content: bytes, person: User, options: dict[str, Any]) -> Report:
        decisions = kind.decisions(sheet=options["sheet"], header_row=options["header_row"])
        if options["day"]:
            if not hasattr(decisions, "day"):
                raise CommandError(_NO_DAY.format(kind=kind.key))
            decisions.day = options["day"].isoformat()
        try:
            opened = kind.open(content, person, decisions)
        except UnreadableFile as error:
            return Report(problems=[Problem(None, "", "", str(error))])
        report = kind.load(opened, person, decisions, options["dry_run"])
        if options["annotated"]:
            self._annotate(options["annotated"], opened, report)
        return report

    def _write_template(self, kind: Kind, path: Path) -> None:
        output = io.BytesIO()
        write = write_csv_template if path.suffix.lower() == ".csv" else write_template
        write(kind.columns().template, output)
        path.write_bytes(output.getvalue())
        self.stdout.write(_TEMPLATE.format(path=path))

    def _annotate(self, path: Path, opened: Opened, report: Report) -> None:
        with path.open("wb") as output:
            write_annotated(opened, report, output)
        self.stdout.write(_ANNOTATED.format(path=path))

    def _tell(self, report: Report, *, details: bool) -> None:
        for line in (*report.reading, *report.notices, *report.remarks, *report.duplicates):
            self.stdout.write(str(line))
        for row, column in report.ignored:
            self.stdout.write(_IGNORED.format(row=row, column=column))
        for problem in report.problems:
            self.stdout.write(str(problem))
        for change in report.changes if details else ():
            sentence = _TO_CREATE if change.created else _TO_CHANGE
            told = " ; ".join(_DIFFERENCE.format(label=label, old=old, new=new) for label, old, new in change.fields)
            self.stdout.write(sentence.format(row=change.row, name=change.name) + (f" ({told})" if told else ""))
        self.stdout.write(report.summary)


def user_of(email: str) -> User:
    """The active person of that address."""
    person = User.objects.filter(email__iexact=email, status="active").first()
    if person is None:
        raise CommandError(_NOBODY.format(email=email))
    return person
