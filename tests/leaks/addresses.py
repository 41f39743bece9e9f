"""Every address of the platform, filled with what an attacker would try."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import product

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from wagtail.models import Page, Revision

from rbsite.base.page_sections import Tab, sections_of
from sites_registry.models import RegistryPage, SitePage, SiteVersion
from sites_registry.sites.exchange.forms import OPTIONAL_PARTS

from .world import MARK, World

#: Parameters that name no record of ours, with the values to try.
CONSTANTS: dict[str, tuple] = {
    "section": ("localisation", "caracteristiques"),
    "tab": ("inconnu", *(section.key for section in sections_of("site") if isinstance(section, Tab))),
    "app_label": ("sites_registry",),
    "content_type_app_name": ("sites_registry",),
    "app_name": ("sites_registry",),
    "model_name": ("sitepage",),
    "content_type_model_name": ("sitepage",),
    "action": ("delete", "unpublish"),
    "action_name": ("copy",),
    "filter_spec": ("original",),
    "uidb64": ("MQ",),
    "uidb36": ("1",),
    "token": ("set-password",),
    "key": ("set-password",),
    "z": (6,),
    "x": (32,),
    "y": (22,),
}
#: Parameters that name a page.
PAGES = {"page_id", "parent_page_id", "page_to_move_id", "page_pk", "object_id"}
#: Parameters that name records of Wagtail which are not pages, of which the platform has none.
OTHERS = re.compile(
    r"(session|task|task_state|workflow_state|workflow|collection|redirect|document|doc|uploaded_file|image"
    r"|restriction|page_view_restriction|user)(_id|_pk)$"
)
#: Queries tried on addresses without parameters: ours, then Wagtail's.
QUERIES = (
    "",
    f"?q={MARK}",
    f"?q={MARK}&onglet=fermes",
    "?territoire=departement-33",
    "?territoire=departement-31&onglet=fermes",
)
_PARTS = "".join(f"&parties={key}" for key, _label in OPTIONAL_PARTS)
#: Queries of single addresses, by name.
OWN_QUERIES = {
    "search": (f"?q={MARK}", "?q=toulouse", "?q=bordeaux", "?lat=44.84&lon=-0.58", "?lat=43.6&lon=1.44"),
    "search_suggestions": (f"?q={MARK}", "?q=bordeaux", "?q=toulouse"),
    "sites:export": (
        "",
        *(
            f"?telecharger=1&format={kind}{_PARTS}&onglet={tab}"
            for kind in ("csv", "xlsx", "geojson")
            for tab in ("ouverts", "fermes")
        ),
        f"?telecharger=1&format=csv{_PARTS}&date={timezone.localdate() - timedelta(days=30)}",
    ),
}
CMS_QUERIES = (
    "",
    f"?q={MARK}",
    "?page_type=sites_registry.SitePage",
    "?page_type=sites_registry.DepartmentPage",
    f"?q={MARK}&page_type=wagtailcore.Page",
    "?content_type=sites_registry.sitepage&q=",
)


def routes() -> Iterator[tuple[str, str]]:
    """(route, name) of every address of the resolver, Wagtail's included."""
    yield from _walk(get_resolver().url_patterns)


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(
                pattern.url_patterns, route, f"{space}{pattern.namespace}:" if pattern.namespace else space
            )
        else:
            yield route, space + (pattern.name or "")


def parameters_of(route: str) -> list[str]:
    """Names of the parameters of a route, written as a path or as a regular expression."""
    return [first or second for first, second in re.findall(r"\(\?P<(\w+)>|<(?:\w+:)?(\w+)>", route)]


def addresses(world: World, route: str, pages: Iterable[Page], name: str = "") -> list[str]:
    """The addresses that `route` makes with each of `pages`, or with each query when it names nothing."""
    names = parameters_of(route)
    if re.search(r"\((?!\?P)|\.\*", route):
        return list(_of_catch_all(route, pages))
    if not names:
        path = "/" + route.replace("^", "").replace("$", "")
        queries = OWN_QUERIES.get(name) or (CMS_QUERIES if path.startswith("/cms/") else QUERIES)
        return [path] if path.startswith("/compte/") else [path + query for query in queries]
    if "code" in names:
        pages = [page for page in pages if isinstance(page, SitePage)]
    filled = (
        _fill(route, dict(zip(names, values, strict=True)))
        for page in pages
        for values in product(*(_values(name, page, world) for name in names))
    )
    return list(dict.fromkeys(filled))


def protected_pages(world: World) -> list[Page]:
    """All the sites, their départements' pages and the registry."""
    sites = list(SitePage.objects.with_places().filter(pk__in=[site.pk for site in world.sites.values()]))
    return [*sites, *{site.get_parent() for site in sites}, RegistryPage.objects.get()]


def _values(name: str, page: Page, world: World) -> tuple:
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name == "departement":
        return (page.commune.departement_code,) if isinstance(page, SitePage) else ("31",)
    if name == "code":
        return (page.slug,)
    if name in PAGES or name == "pk":
        return (page.pk,)
    if name == "destination_id":
        return (world.home.pk,)
    if name == "version_id":
        newest = SiteVersion.objects.order_by("-pk").values_list("pk", flat=True)[:1]
        own = SiteVersion.objects.filter(site=page.pk).order_by("pk").values_list("pk", flat=True)
        return tuple({*own[:1], *own.reverse()[:1], *newest})
    if name in ("revision_id", "revision_id_a", "revision_id_b"):
        own = Revision.objects.filter(object_id=str(page.pk)).order_by("-pk").values_list("pk", flat=True)
        foreign = Revision.objects.exclude(object_id=str(page.pk)).order_by("pk").values_list("pk", flat=True)
        return {"revision_id_a": ("earliest", *own[:1], *foreign[:1]), "revision_id_b": ("live",)}.get(
            name, (*own[:1], *foreign[:1])
        )
    if OTHERS.match(name):
        return (1,)
    raise LookupError(f"say in tests/leaks/addresses.py how to fill <{name}>")


def _fill(route: str, values: dict) -> str:
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda match: str(values[match[1]]), route)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\.", ".")


def _of_catch_all(route: str, pages: Iterable[Page]) -> Iterator[str]:
    """What a regular expression that takes everything is tried with: the places of pages in the tree."""
    prefix = route.split("^")[0]
    for page in pages:
        path = page.url_path.strip("/")
        for variant in (path, path.removeprefix("accueil/"), path.removeprefix("accueil/sites/")):
            yield f"/{prefix}{variant}/"
