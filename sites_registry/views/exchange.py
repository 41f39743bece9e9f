"""Importing and exporting tables of sites."""

import io
import tempfile
import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from rbsite.accounts.enums import Feature
from rbsite.accounts.permissions import can

from ..exchange.columns import PARTS, template_columns
from ..exchange.exports import SiteExport
from ..exchange.forms import ExportForm, ImportForm
from ..exchange.importing import check_sites, import_sites, may_import
from ..exchange.writers import CONTENT_TYPES, write_csv_template, write_template
from ..filters import TABS
from ..models import ImportDraft

STEPS = ["Fichier", "Vérification", "Confirmation"]
_OWN_PARAMS = ("format", "parties", "choix", "date", "telecharger", "page")
#: Files up to this size, in bytes, are made in memory.
_IN_MEMORY = 5 * 2**20


@require_http_methods(["GET", "HEAD", "POST"])
def import_start(request: HttpRequest) -> HttpResponse:
    """First step: the file."""
    _require_import(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            ImportDraft.objects.outdated().delete()
            draft = ImportDraft.objects.create(
                user=request.user, file_name=form.file_name, content=form.cleaned_data["file"]
            )
            return redirect("sites:import_check", token=draft.token)
    context = {"form": form, "steps": STEPS}
    return render(request, "sites_registry/import_start.html", context, status=422 if form.is_bound else 200)


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """The empty table: xlsx with its guide, or csv."""
    _require_import(request)
    output = io.BytesIO()
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    (write_csv_template if kind == "csv" else write_template)(template_columns(), output)
    output.seek(0)
    return FileResponse(
        output, as_attachment=True, filename=f"modele-import-sites.{kind}", content_type=CONTENT_TYPES[kind]
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_check(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Second and third steps: what would change, then what has changed. Only the author of the file comes here."""
    _require_import(request)
    draft = get_object_or_404(ImportDraft.objects.of(request.user), token=token)
    if request.method == "POST":
        return _discard(draft) if "abandonner" in request.POST else _confirm(request, token)
    context = {"draft": draft, "steps": STEPS}
    if draft.imported_at is None:
        context["report"] = check_sites(bytes(draft.content), by=request.user)
    return render(request, "sites_registry/import_check.html", context)


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


def _confirm(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Import, once: the file is checked again inside the transaction."""
    with transaction.atomic():
        draft = ImportDraft.objects.of(request.user).select_for_update().filter(token=token).first()
        if draft is None:
            raise Http404
        if draft.imported_at is None:
            report = import_sites(bytes(draft.content), by=request.user)
            if not report.is_valid:
                context = {"draft": draft, "steps": STEPS, "report": report}
                return render(request, "sites_registry/import_check.html", context, status=422)
            draft.totals = {name: getattr(report, name) for name in ("created", "changed", "unchanged")}
            draft.imported_at, draft.content = timezone.now(), b""
            draft.save()
    return redirect("sites:import_check", token=token)


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
