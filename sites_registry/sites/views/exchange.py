"""Importing and exporting tables of sites."""

import io
import tempfile
import uuid
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can
from rbsite.base.waiting import Busy, or_busy, patient
from rbsite.spreadsheets.annotated import write_annotated
from rbsite.spreadsheets.books import UnreadableFile
from rbsite.spreadsheets.forms import LayoutForm
from rbsite.spreadsheets.opening import Opened
from rbsite.spreadsheets.questions import contradicted, unanswered
from rbsite.spreadsheets.report import Problem
from rbsite.spreadsheets.writers import CONTENT_TYPES, write_csv_template, write_template

from ..exchange.column_forms import ForAllForm, SiteColumnsForm, SitesForm
from ..exchange.columns import PARTS, SITE_COLUMNS
from ..exchange.decisions import Decisions
from ..exchange.exports import SiteExport
from ..exchange.forms import ExportForm, ImportForm
from ..exchange.importing import check_sites, import_sites, may_import, open_file
from ..exchange.memory import remember
from ..exchange.questions import questions_of
from ..exchange.report import SiteReport
from ..exchange.sheets import decisions_of_next, following_sheets
from ..models import ImportDraft
from ..models.exchange import KEPT_DAYS
from ..reads.filters import TABS

STEPS = ["Fichier", "Colonnes", "Vérification", "Confirmation"]
#: How long a check may hold a process of the web, in seconds: 20,000 rows take less.
CHECK_SECONDS = 25
_HELD = (
    "Ce fichier est en cours d’import, ou quelqu’un modifie l’un de ses sites. Votre fichier est gardé : "
    "réessayez dans un instant."
)
_OWN_PARAMS = ("format", "parties", "choix", "date", "telecharger", "page")
#: Files up to this size, in bytes, are made in memory.
_IN_MEMORY = 5 * 2**20


def _told_if_unreadable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A file that was read when it was sent may not be again (a slower moment): say why, where another can be sent."""

    @wraps(view)
    def told(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnreadableFile as error:
            messages.error(request, str(error))
            return redirect("sites:import")

    return told


@require_http_methods(["GET", "HEAD", "POST"])
def import_start(request: HttpRequest) -> HttpResponse:
    """First step: the file. When all its columns are known, the second one is skipped."""
    _require_import(request)
    form = ImportForm(user=request.user)
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            draft = ImportDraft.objects.create(
                user=request.user, file_name=form.file_name, content=form.cleaned_data["file"]
            )
            is_sure = form.opened.headers.are_sure and not contradicted(form.opened)
            step = "sites:import_check" if is_sure else "sites:import_columns"
            return redirect(step, token=draft.token)
    context = {"form": form, "steps": STEPS, "kept_days": KEPT_DAYS}
    return render(request, "sites_registry/import_start.html", context, status=422 if form.is_bound else 200)


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """The empty table: xlsx with its guide, or csv."""
    _require_import(request)
    output = io.BytesIO()
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    (write_csv_template if kind == "csv" else write_template)(SITE_COLUMNS.template, output)
    output.seek(0)
    return FileResponse(
        output, as_attachment=True, filename=f"modele-import-sites.{kind}", content_type=CONTENT_TYPES[kind]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@_told_if_unreadable
def import_columns(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Second step: the sheet, its columns and its words."""
    draft = _waiting_draft(request, token)
    decisions = Decisions.of(draft.decisions)
    opened = open_file(bytes(draft.content), by=request.user, decisions=decisions)
    questions = questions_of(opened, by=request.user)
    is_layout = "relire" in request.POST
    layout = LayoutForm(request.POST if is_layout else None, opened, decisions)
    form = SiteColumnsForm(request.POST if request.method == "POST" and not is_layout else None, opened, questions)
    if is_layout and layout.is_valid():
        # A fresh start: what was said of other columns means nothing in these.
        if problem := _read_again(request, draft, opened, Decisions(**layout.cleaned_data)):
            layout.add_error(None, problem)
        else:
            return redirect("sites:import_columns", token=token)
    elif form.is_bound and form.is_valid():
        return _keep_columns(request, draft, form)
    context = {"draft": draft, "steps": STEPS, "layout": layout, "form": form, "reading": opened.reading}
    is_wrong = layout.is_bound or form.is_bound
    return render(request, "sites_registry/import_columns.html", context, status=422 if is_wrong else 200)


def _read_again(request: HttpRequest, draft: ImportDraft, opened: Opened, decisions: Decisions) -> str:
    """Keep where the table is, unless there is no table there: then say why."""
    try:
        open_file(opened.book, by=request.user, decisions=decisions)
    except UnreadableFile as error:
        return str(error)
    _keep(draft, decisions)
    return ""


def _keep_columns(request: HttpRequest, draft: ImportDraft, form: SiteColumnsForm) -> HttpResponse:
    """Keep what columns and words mean, here and for the organisation; ask again if that brings unknown words."""
    decisions = Decisions.of(draft.decisions)
    table = form.opened.table
    decisions.sheet, decisions.header_row, decisions.header_lines = (
        table.sheet.name,
        table.header_row,
        table.header_lines,
    )
    decisions.columns, decisions.values, decisions.sites = form.columns(), form.meanings(), {}
    _keep(draft, decisions)
    remember(request.user, form.titles(), form.meanings())
    opened = open_file(form.opened.book, by=request.user, decisions=decisions)
    asked = {question.name for question in form.questions}
    fresh = [one for one in questions_of(opened, by=request.user) if one.name not in asked]
    return redirect("sites:import_columns" if unanswered(fresh, opened) else "sites:import_check", token=draft.token)


@require_http_methods(["GET", "HEAD", "POST"])
@_told_if_unreadable
def import_check(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Third and fourth steps: what would change, then what has changed. Only the author of the file comes here."""
    draft = _draft(request, token)
    if request.method == "POST":
        if "abandonner" in request.POST:
            return _discard(draft)
        if request.POST.get("feuille") in draft.totals.get("sheets", ()):
            return _read_next(request, draft, request.POST["feuille"])
        if "dire" in request.POST and draft.imported_at is None:
            return _keep_said(request, draft)
        decided = _decided(request, draft)
        return redirect("sites:import_check", token=token) if decided else _confirm(request, token)
    if draft.imported_at is not None:
        return render(request, "sites_registry/import_check.html", {"draft": draft, "steps": STEPS})
    decisions = Decisions.of(draft.decisions)
    report = _checked(request, draft, decisions)
    return render(request, "sites_registry/import_check.html", _check_context(draft, decisions, report))


def _checked(
    request: HttpRequest, draft: ImportDraft, decisions: Decisions, opened: Opened | None = None
) -> SiteReport:
    """The report of a check; one that was given up is not made again until something else is decided."""
    if draft.failure:
        return SiteReport(problems=[Problem(None, "", "", draft.failure)])
    file = opened or bytes(draft.content)
    report = check_sites(file, by=request.user, decisions=decisions, asks=True, seconds=CHECK_SECONDS)
    _keep_failure(draft, report)
    return report


def _keep_failure(draft: ImportDraft, report: SiteReport) -> None:
    if report.is_too_long:
        draft.failure = report.problems[0].message
        draft.save(update_fields=["failure"])


@require_safe
@_told_if_unreadable
def import_annotated(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """The file with what the platform understood of each row and cell."""
    draft = _draft(request, token)
    if draft.failure:
        return redirect("sites:import_check", token=token)
    decisions = Decisions.of(draft.decisions)
    opened = open_file(bytes(draft.content), by=request.user, decisions=decisions)
    report = _checked(request, draft, decisions, opened)
    if report.is_too_long:
        return redirect("sites:import_check", token=token)
    output = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the response
    write_annotated(opened, report, output)
    output.seek(0)
    name = f"{PurePath(draft.file_name).stem}-annote.xlsx"
    return FileResponse(output, as_attachment=True, filename=name, content_type=CONTENT_TYPES["xlsx"])


@require_safe
def import_file(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """The file as it was sent."""
    draft = _draft(request, token)
    return FileResponse(
        io.BytesIO(bytes(draft.content)),
        as_attachment=True,
        filename=PurePath(draft.file_name).name,
        content_type="application/octet-stream",
    )


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Choose what to export with the filters of the list, and download it with « telecharger »."""
    if not can(request.user, Feature.SITE_EXPORT):
        raise PermissionDenied
    filters = _list_filters(request.GET)
    wants_file = "telecharger" in request.GET
    initial = {"format": "xlsx", "parties": [part.key for part in PARTS.values() if part.ticked]}
    form = ExportForm(request.GET if wants_file else None, initial=initial, user=request.user)
    found = SiteExport(request.user, filters)
    if wants_file and form.is_valid():
        found.parts = frozenset(form.cleaned_data["parties"])
        found.as_of = _past(form.cleaned_data.get("date"))
        return _download(found, form.cleaned_data["format"])
    context = {
        "form": form,
        "filters": [(name, value) for name, values in filters.lists() for value in values],
        "query": filters.urlencode(),
        "tab": TABS[filters["onglet"]],
        "count": found.count(),
    }
    return render(request, "sites_registry/export.html", context, status=422 if form.is_bound else 200)


def _require_import(request: HttpRequest) -> None:
    if not may_import(request.user):
        raise PermissionDenied


def _draft(request: HttpRequest, token: uuid.UUID) -> ImportDraft:
    """The person's own draft; anybody else's does not exist."""
    _require_import(request)
    return get_object_or_404(ImportDraft.objects.of(request.user, timezone.now()), token=token)


def _waiting_draft(request: HttpRequest, token: uuid.UUID) -> ImportDraft:
    draft = _draft(request, token)
    if draft.imported_at is not None:
        raise Http404
    return draft


def _keep(draft: ImportDraft, decisions: Decisions) -> None:
    draft.decisions, draft.failure = decisions.stored(), ""
    draft.save(update_fields=["decisions", "failure"])


def _decided(request: HttpRequest, draft: ImportDraft) -> bool:
    """Keep a decision that the page asks for; False when the page was confirmed instead."""
    decisions, post = Decisions.of(draft.decisions), request.POST
    if "decider" in post:
        if draft.imported_at is None:
            decisions.sites |= SitesForm(_checked(request, draft, decisions).choices, post).chosen()
    elif "inverser" in post:
        decisions.swap = True
    elif "ignorer" in post:
        decisions.skip_errors = post["ignorer"] == "oui"
    else:
        return False
    if draft.imported_at is None:
        _keep(draft, decisions)
    return True


def _keep_said(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    """Keep what is said once for all the rows."""
    decisions = Decisions.of(draft.decisions)
    asked = dict.fromkeys(ForAllForm.base_fields.keys() & request.POST.keys(), 0)
    form = ForAllForm(request.POST, asked, decisions)
    if form.is_valid():
        for name, said in form.decided().items():
            setattr(decisions, name, said)
        _keep(draft, decisions)
        return redirect("sites:import_check", token=draft.token)
    report = _checked(request, draft, decisions)
    context = _check_context(draft, decisions, report) | {"for_all": form}
    return render(request, "sites_registry/import_check.html", context, status=422)


def _check_context(draft: ImportDraft, decisions: Decisions, report: SiteReport) -> dict:
    return {
        "for_all": ForAllForm(None, report.unsaid, decisions) if report.unsaid else None,
        "draft": draft,
        "steps": STEPS,
        "report": report,
        "decisions": decisions,
        "sites_form": SitesForm(report.choices) if report.choices else None,
    }


def _confirm(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Import, once: the file is checked again inside the transaction."""
    try:
        return _import(request, token)
    except Busy:
        messages.error(request, _HELD)
        return redirect("sites:import_check", token=token)


def _import(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    with or_busy(), patient():
        draft = ImportDraft.objects.of(request.user, timezone.now()).select_for_update().filter(token=token).first()
        if draft is None:
            raise Http404
        if draft.imported_at is None:
            decisions = Decisions.of(draft.decisions)
            opened = open_file(bytes(draft.content), by=request.user, decisions=decisions)
            report = import_sites(opened, by=request.user, decisions=decisions, asks=True, seconds=CHECK_SECONDS)
            if not report.is_valid or report.waits:
                _keep_failure(draft, report)
                context = _check_context(draft, decisions, report)
                return render(request, "sites_registry/import_check.html", context, status=422)
            draft.totals = {name: getattr(report, name) for name in ("created", "changed", "unchanged")}
            draft.totals["skipped"] = len({problem.row for problem in report.skipped})
            draft.totals["sheets"] = following_sheets(opened, by=request.user)
            draft.imported_at = timezone.now()
            draft.save()
    return redirect("sites:import_check", token=token)


def _read_next(request: HttpRequest, draft: ImportDraft, sheet: str) -> HttpResponse:
    """The same file again, for another of its sheets, with what was said of the first one."""
    decisions = Decisions.of(draft.decisions)
    opened = open_file(bytes(draft.content), by=request.user, decisions=decisions)
    following = decisions_of_next(decisions, sheet, opened, by=request.user)
    again = ImportDraft.objects.create(
        user=request.user, file_name=draft.file_name, content=draft.content, decisions=following.stored()
    )
    is_known = following.columns or open_file(opened.book, by=request.user, decisions=following).headers.are_sure
    return redirect("sites:import_check" if is_known else "sites:import_columns", token=again.token)


def _discard(draft: ImportDraft) -> HttpResponse:
    draft.delete()
    return redirect("sites:import")


def _list_filters(params: QueryDict) -> QueryDict:
    """The filters and the sort of the list; the list itself shows existing sites unless it says otherwise."""
    filters = params.copy()
    for name in _OWN_PARAMS:
        filters.pop(name, None)
    if filters.get("onglet") not in TABS:
        filters["onglet"] = "ouverts"
    return filters


def _past(date):
    return None if date is None or date == timezone.localdate() else date


def _download(found: SiteExport, file_format: str) -> HttpResponse:
    """Write the file apart from memory, so that the largest export costs no more than a small one."""
    output = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the response
    found.write(file_format, output)
    output.seek(0)
    return FileResponse(
        output,
        as_attachment=True,
        filename=f"{found.file_stem}.{file_format}",
        content_type=CONTENT_TYPES[file_format],
    )
