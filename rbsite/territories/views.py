"""JSON for address and commune fields, and the tiles of the base map. GET only."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from .enums import TerritoryKind
from .forms import commune_text
from .geo import nearest_communes
from .geocoders import Place, search_places
from .models import Territory
from .tiles import tile_svg

MAX_LIMIT = 20
WEEK = 7 * 24 * 3600
_COMMUNES = [TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT]


class BadParameter(ValueError):
    """A parameter of the address that cannot be understood; the message is shown."""


def _json_view(view: Callable[[HttpRequest], JsonResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """GET only; a bad parameter is answered by problem+json (RFC 9457), in French."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except BadParameter as error:
            problem = {"type": "about:blank", "title": "Paramètre incorrect", "status": 400, "detail": str(error)}
            return JsonResponse(problem, status=400, content_type="application/problem+json")

    return require_safe(answer)


@_json_view
def search(request: HttpRequest) -> JsonResponse:
    """Addresses and communes for `q`, in the format of the BAN."""
    near = _point(request) if "lat" in request.GET or "lon" in request.GET else None
    q = _query(request)
    places = search_places(q, limit=_limit(request), near=near) if q else []
    return JsonResponse(
        {
            "type": "FeatureCollection",
            "query": q,
            "features": [_feature(place) for place in places],
        }
    )


@_json_view
def communes(request: HttpRequest) -> JsonResponse:
    """Proposals under a commune or territory field: communes and municipal arrondissements unless `kinds` says else."""
    q = _query(request)
    found = Territory.objects.search(q, kinds=_kinds(request), limit=_limit(request)) if q else []
    return JsonResponse([_proposal(territory) for territory in found], safe=False)


@_json_view
def reverse(request: HttpRequest) -> JsonResponse:
    """The five communes whose centres are nearest to a point, for a person to choose."""
    lat, lon = _point(request)
    nearest = nearest_communes(lat, lon)
    return JsonResponse(
        [_proposal(commune) | {"distance_km": round(commune.distance_km, 1)} for commune in nearest], safe=False
    )


@login_not_required
@require_safe
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """A tile of the base map: the same for everybody, it holds nothing of the platform."""
    try:
        content = tile_svg(z, x, y)
    except ValueError as error:
        raise Http404(str(error)) from error
    response = HttpResponse(content, content_type="image/svg+xml")
    etag = f'"{hashlib.sha256(content.encode()).hexdigest()[:20]}"'
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, public=True, max_age=WEEK)
    return get_conditional_response(request, etag=etag, response=response)


def _feature(place: Place) -> dict:
    properties = asdict(place)
    coordinates = [properties.pop("lon"), properties.pop("lat")]
    properties["approximate"] = place.source == "commune"
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": coordinates}, "properties": properties}


def _proposal(territory: Territory) -> dict:
    is_commune = territory.kind in _COMMUNES
    departement = territory.departement if is_commune or territory.kind == TerritoryKind.EPCI else None
    return {
        "id": territory.pk,
        "code": territory.code,
        "kind": territory.kind,
        "label": territory.name if is_commune else territory.label,
        "value": commune_text(territory) if is_commune else territory.label,
        "context": departement.label if departement else territory.context,
        "departement": territory.departement_code,
    }


def _query(request: HttpRequest) -> str:
    q = request.GET.get("q", "").strip()
    if len(q) > 200 or "\0" in q:
        raise BadParameter("Le texte cherché (q) doit compter au plus 200 caractères.")
    return q


def _limit(request: HttpRequest) -> int:
    text = request.GET.get("limit", "8")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MAX_LIMIT):
        raise BadParameter("Le nombre de réponses (limit) va de 1 à {max_limit}.".format(max_limit=MAX_LIMIT))
    return int(text)


def _kinds(request: HttpRequest) -> list[str]:
    kinds = [kind for text in request.GET.getlist("kinds") for kind in text.split(",") if kind]
    unknown = [kind for kind in kinds if kind not in TerritoryKind.values]
    if unknown:
        raise BadParameter(f"Niveau inconnu (kinds) : {unknown[0][:40]}. Niveaux : {', '.join(TerritoryKind.values)}.")
    return kinds or list(_COMMUNES)


def _point(request: HttpRequest) -> tuple[float, float]:
    try:
        lat, lon = float(request.GET["lat"]), float(request.GET["lon"])
    except (KeyError, ValueError):
        raise BadParameter("Donnez la latitude (lat) et la longitude (lon) en degrés, avec un point décimal.") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # also refuses nan
        raise BadParameter("La latitude va de -90 à 90 et la longitude de -180 à 180.")
    return lat, lon
