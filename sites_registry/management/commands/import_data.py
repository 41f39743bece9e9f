"""`manage.py import_data sites FILE --user EMAIL`."""

import io
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rbsite.accounts.models import User
from rbsite.spreadsheets.annotated import write_annotated
from rbsite.spreadsheets.readers import UnreadableFile
from rbsite.spreadsheets.writers import write_csv_template, write_template
from sites_registry.sites.exchange.columns import SITE_COLUMNS
from sites_registry.sites.exchange.decisions import Decisions
from sites_registry.sites.exchange.importing import check_sites, import_sites, open_file
from sites_registry.sites.exchange.report import SiteReport as Report


class Command(BaseCommand):
    """Import a table, all or nothing, with the rights of a person; the exit status is 1 when anything is wrong."""

    help = "Importe un tableau (xlsx, ods ou csv) de sites, tout ou rien, avec les droits d’une personne."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=["sites"], metavar="{sites}", help="ce que contient le tableau")
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="fichier à importer")
        parser.add_argument("--user", metavar="EMAIL", help="personne au nom de qui l’import est fait")
        parser.add_argument("--dry-run", action="store_true", help="vérifie sans rien écrire")
        parser.add_argument("--sheet", default="", help="feuille à lire, si ce n’est pas la mieux remplie")
        parser.add_argument("--header-row", type=int, default=0, metavar="N", help="ligne des titres")
        parser.add_argument("--annotated", type=Path, metavar="OUT", help="écrit une copie annotée du fichier (.xlsx)")
        parser.add_argument("--template", type=Path, metavar="OUT", help="écrit un tableau vide (.xlsx ou .csv)")

    def handle(self, *args: Any, file: Path | None, user: str | None, **options: Any) -> None:
        if options["template"]:
            self._write_template(options["template"])
            return
        if file is None or user is None:
            raise CommandError("Indiquez le fichier, et la personne avec --user.")
        person = user_of(user)
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"Fichier illisible : {file} ({error.strerror}).") from error
        decisions = Decisions(sheet=options["sheet"], header_row=options["header_row"])
        report = (check_sites if options["dry_run"] else import_sites)(content, by=person, decisions=decisions)
        if options["annotated"]:
            self._annotate(options["annotated"], content, person, decisions, report)
        self._tell(report, details=options["dry_run"])
        if not report.is_valid:
            sys.exit(1)

    def _write_template(self, path: Path) -> None:
        output = io.BytesIO()
        write = write_csv_template if path.suffix.lower() == ".csv" else write_template
        write(SITE_COLUMNS.template, output)
        path.write_bytes(output.getvalue())
        self.stdout.write(f"Tableau vide : {path}")

    def _annotate(self, path: Path, content: bytes, person: User, decisions: Decisions, report: Report) -> None:
        try:
            opened = open_file(content, by=person, decisions=decisions)
        except UnreadableFile:
            return  # said in the report
        with path.open("wb") as output:
            write_annotated(opened, report, output)
        self.stdout.write(f"Fichier annoté : {path}")

    def _tell(self, report: Report, *, details: bool) -> None:
        for line in (*report.reading, *report.notices, *report.remarks, *report.duplicates):
            self.stdout.write(str(line))
        for row, column in report.ignored:
            self.stdout.write(f"Ligne {row}, colonne « {column} » : réponse sans objet, laissée de côté.")
        for problem in report.problems:
            self.stdout.write(str(problem))
        for change in report.changes if details else ():
            verb = "à créer" if change.created else "à modifier"
            said = " ; ".join(f"{label} : {old} → {new}" for label, old, new in change.fields)
            self.stdout.write(f"Ligne {change.row}, {verb} : {change.name}{f' ({said})' if said else ''}")
        self.stdout.write(report.summary)


def user_of(email: str) -> User:
    """The active person of that address."""
    person = User.objects.filter(email__iexact=email, status="active").first()
    if person is None:
        raise CommandError(f"Aucune personne active n’a l’adresse {email}.")
    return person
