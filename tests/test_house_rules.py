"""Rules of the house that are easy to forget, kept by failing tests."""

import ast
import gettext
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import wagtailgeowidget
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from wagtail.models import Page

from rbsite.settings.env import VARIABLES
from tests.access_table import ACCESS, OPEN_RULES, PREFIXES, RULES

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("rbsite", "sites_registry", "knowledge", "community")
SOURCES = sorted(
    path
    for folder in (*ROOMS, "tests", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
CATALOGUE = ROOT / "locale/fr/LC_MESSAGES/django.po"


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_function_is_longer_than_50_lines() -> None:
    too_long = [
        f"{relative(path)}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 50
    ]

    assert too_long == []


def test_no_module_is_longer_than_400_lines_nor_test_than_1000() -> None:
    too_long = [
        f"{relative(path)} ({count} lines)"
        for path in SOURCES
        if (count := len(path.read_text().splitlines())) > (1000 if "tests" in path.parts else 400)
    ]

    assert too_long == []


def test_only_components_know_the_classes_of_the_design_system() -> None:
    outside = [
        f"{relative(path)}: {name}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if "components" not in path.parts
        for name in re.findall(r"(?<![\w-])fr-(?!scheme)[a-z][\w-]*", path.read_text())
    ]

    assert outside == []


def room_of(path: Path) -> Path:
    """The folder that relative imports of this module stay in."""
    parts = path.relative_to(ROOT).parts
    return ROOT.joinpath(*parts[: 2 if parts[0] == "rbsite" and len(parts) > 2 else 1])


def test_relative_imports_stay_in_their_room() -> None:
    crossing = [
        f"{relative(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
        if not path.parents[node.level - 1].is_relative_to(room_of(path))
    ]

    assert crossing == []


def test_readme_table_lists_exactly_the_variables_that_settings_read() -> None:
    section = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    readers = [*(ROOT / "rbsite/settings").glob("*.py"), ROOT / "gunicorn.conf.py"]
    calls = "".join(path.read_text() for path in readers)
    read = set(re.findall(r"""env\.\w+\(\s*"(\w+)\"""", calls))

    assert sorted(listed) == sorted(VARIABLES)
    assert read == set(VARIABLES)


def test_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 200


def catalogue_entries(path: Path) -> dict[str, str]:
    """msgid -> msgstr of a catalogue without plurals or contexts; the empty msgid is its header."""
    entries: dict[str, list[str]] = {}
    for block in re.split(r"\n\s*\n", path.read_text()):
        key, parts = "msgid", dict[str, str]()
        for line in block.splitlines():
            if match := re.match(r'(?:(msgid|msgstr) )?(".*")$', line):
                key = match[1] or key
                parts[key] = parts.get(key, "") + ast.literal_eval(match[2])
        if parts:
            entries[parts["msgid"]] = parts["msgstr"]
    return entries


def test_every_text_of_the_french_catalogue_is_translated() -> None:
    empty = [source for source, french in catalogue_entries(CATALOGUE).items() if not french.strip()]

    assert empty == []


def test_the_french_catalogue_covers_the_map_widget() -> None:
    shipped = Path(wagtailgeowidget.__file__).parent / "locale/fr/LC_MESSAGES/django.po"

    assert catalogue_entries(shipped).keys() <= catalogue_entries(CATALOGUE).keys()


def test_the_compiled_french_catalogue_is_up_to_date() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        translations = gettext.GNUTranslations(compiled)._catalog

    assert translations == catalogue_entries(CATALOGUE)


def our_page_models() -> list[type[Page]]:
    return [model for model in apps.get_models() if issubclass(model, Page) and model.__module__.startswith(ROOMS)]


def test_every_page_type_says_where_it_goes_and_what_it_is() -> None:
    silent = [
        f"{model.__name__}.{name}"
        for model in our_page_models()
        for name in ("parent_page_types", "subpage_types", "page_description")
        if not any(name in vars(cls) for cls in model.__mro__ if cls.__module__.startswith(ROOMS))
    ]

    assert our_page_models()
    assert silent == []


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Callable | None]]:
    """Each route with its view; a listed prefix counts as one route without a view."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route in PREFIXES:
            yield route, None
        elif isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def test_every_address_has_a_rule_of_access() -> None:
    routes = {route for route, _ in walk(get_resolver().url_patterns)}
    listed = ACCESS.keys() | PREFIXES.keys()

    assert sorted(routes - listed) == [], "add these to tests/access_table.py"
    assert sorted(listed - routes) == [], "these addresses are gone: remove them from tests/access_table.py"


def test_only_addresses_listed_as_open_are_let_through_without_an_account() -> None:
    wrong = [
        f"{route} is listed as {ACCESS[route]}"
        for route, view in walk(get_resolver().url_patterns)
        if view and route in ACCESS
        if getattr(view, "login_required", True) == (ACCESS[route] in OPEN_RULES)
    ]

    assert wrong == [], "\n".join(wrong)


def test_every_rule_of_access_is_known() -> None:
    assert {*ACCESS.values(), *PREFIXES.values()} <= set(RULES)


@pytest.fixture(scope="module")
def tracked_texts() -> dict[str, str]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = {}
    for name in filter(None, names.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content[:8000]:
            texts[name] = content.decode(errors="replace")
    return texts


def test_no_tracked_file_names_a_package_index(tracked_texts: dict[str, str]) -> None:
    index = re.compile(
        r"--(?:extra-)?index-url[ =]\S*:|--find-links[ =/]|\"resolved\": *\"http|files\.pythonhosted\.org"
    )
    found = [name for name, text in tracked_texts.items() if name != relative(Path(__file__)) and index.search(text)]

    assert found == []


def test_the_lock_holds_no_address_and_no_path(tracked_texts: dict[str, str]) -> None:
    lock = tracked_texts["requirements.lock.txt"]

    assert "://" not in lock
    assert not re.search(r"(?<!\w)/(?:home|root|tmp|work|opt|usr)/", lock)


def test_oracles_lean_on_nothing_that_they_judge() -> None:
    """They read rows as plain values: no model, queryset, metric, permission or verb of ours, words of enums alone."""
    leaning = [
        f"{relative(path)}: {node.module}"
        for path in (ROOT / "tests").rglob("oracle*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        if (node.level or node.module.startswith(ROOMS)) and not node.module.endswith("enums")
    ]

    assert list((ROOT / "tests").rglob("oracle*.py"))
    assert leaning == []


def test_every_verb_is_all_or_nothing_and_waits_as_verbs_do() -> None:
    """Decorated by `verb`, or one call of another verb."""
    modules = [path for path in SOURCES if "verbs" in (path.stem, path.parent.name) and "tests" not in path.parts]
    public = [
        (path, node)
        for path in modules
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    bare = [
        f"{relative(path)}: {node.name}"
        for path, node in public
        if not any(isinstance(one, ast.Name) and one.id == "verb" for one in node.decorator_list)
        and not (isinstance(node.body[-1], ast.Return) and len(node.body) == 2)
    ]

    assert len(public) > 15
    assert bare == []
