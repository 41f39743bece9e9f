"""The shape of the house: no circle of modules, small pieces, nothing written twice from one room to another."""

import ast
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.test_house_rules import ROOMS, ROOT, SOURCES, relative

#: The modules of the product.
PRODUCT = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ROOMS]
#: Silencers of checks (noqa, type: ignore) that the house bears, each with its reason on the line.
MOST_SILENCERS = 20
#: A run of this many identical lines in two rooms is one piece of code too many.
CLONE = 6


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PRODUCT}


def imports_of(module: str) -> set[str]:
    """The modules of the house that a module imports, wherever in its text; those of another package run that too."""
    path, found = MODULES[module], set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            target = ".".join([*base, *filter(None, [node.module])])
            found |= {name if (name := f"{target}.{alias.name}") in MODULES else target for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    packages = {".".join(name.split(".")[:depth]) for name in found for depth in range(1, name.count(".") + 1)}
    outer = {name for name in packages if not f"{module}.".startswith(f"{name}.")}
    return (found | outer) & MODULES.keys() - {module}


def circles() -> list[list[str]]:
    """The sets of modules that import each other (Tarjan's strongly connected components of more than one)."""
    graph = {module: imports_of(module) for module in MODULES}
    reach: dict[str, set[str]] = {}
    for module in graph:
        seen, waiting = set(), [module]
        while waiting:
            new = graph[waiting.pop()] - seen
            seen |= new
            waiting.extend(new)
        reach[module] = seen
    together = {
        tuple(sorted(other for other in reach[one] if one in reach[other])) for one in graph if one in reach[one]
    }
    return [list(circle) for circle in sorted(together)]


def test_no_module_imports_in_a_circle() -> None:
    assert circles() == []


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_imports_stand_at_the_head_of_modules() -> None:
    """But in `ready()`, which runs once models are loaded."""
    inside = [
        f"{relative(path)}:{node.lineno}"
        for path, function in functions()
        if not (path.name == "apps.py" and function.name == "ready")
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


def test_no_model_is_asked_for_by_its_name() -> None:
    asking = [relative(path) for path in PRODUCT if "get_model(" in path.read_text()]

    assert asking == []


def test_functions_are_short() -> None:
    lengths = [node.end_lineno - node.lineno + 1 for _path, node in functions()]

    assert statistics.median(lengths) <= 7
    assert max(lengths) <= 50


def test_sentences_with_values_name_their_places() -> None:
    """« "… {count} …".format(count=…) » can be moved about by another language, an f-string cannot."""
    french = re.compile(r"[a-zà-ÿ’]{2,} +[a-zà-ÿ’«]{2,}")
    fixed = [
        f"{relative(path)}:{node.lineno}"
        for path in PRODUCT
        if "demo" not in path.parts  # invented names of organisations
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr)
        if any(isinstance(part, ast.FormattedValue) and _is_no_constant(part.value) for part in node.values)
        if french.search(text := " ".join(part.value for part in node.values if isinstance(part, ast.Constant)))
        if re.search(r"[éèàçêôûîœ’«]| (?:de|la|le|les|du|des|est|sont|ne|pas|un|une|sur|à) ", f" {text} ")
    ]

    assert fixed == []


def _is_no_constant(value: ast.expr) -> bool:
    return not (isinstance(value, ast.Name) and value.id.isupper())


def test_few_checks_are_silenced() -> None:
    pattern = re.compile(r"# (?:noqa|type: ignore)")
    silenced = [
        f"{relative(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line) and path != Path(__file__)
    ]

    without_reason = [place for place in silenced if not _REASON.search(_line_at(place))]

    assert len(silenced) <= MOST_SILENCERS, silenced
    assert without_reason == []


_REASON = re.compile(r"# (?:noqa|type: ignore)\S* ?[\w: ]*(?: - |\]  # )\w")


def _line_at(place: str) -> str:
    name, _colon, number = place.rpartition(":")
    return (ROOT / name).read_text().splitlines()[int(number) - 1]


def room_of(path: Path) -> str:
    """What may not share text with its sisters: rooms, and the rooms inside the registry and the kernel."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]) if parts[0] in ("rbsite", "sites_registry") else parts[0]


def lines_that_count(path: Path) -> list[tuple[int, str]]:
    """The lines of code, without blanks, comments, imports and lone punctuation."""
    kept = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if re.search(r"\w", text) and not text.startswith(("#", "from ", "import ")):
            kept.append((number, text))
    return kept


def test_no_room_repeats_the_lines_of_another() -> None:
    places: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for path in PRODUCT:
        lines = lines_that_count(path)
        for start in range(len(lines) - CLONE + 1):
            run = lines[start : start + CLONE]
            places[tuple(text for _number, text in run)].append((room_of(path), f"{relative(path)}:{run[0][0]}"))
    twice = [where for where in places.values() if len({room for room, _place in where}) > 1]

    assert twice == []


def test_a_second_kind_of_page_costs_its_room_few_lines() -> None:
    """What the wells of the tests add to have a typed history, and what they lean on."""
    folder = ROOT / "tests/wells"
    written = [path for path in folder.rglob("*") if path.suffix in (".py", ".html") and "migrations" not in path.parts]
    leaned_on = {
        node.module
        for path in written
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and not node.level
    }
    ours = {name for name in leaned_on if name.split(".")[0] in ROOMS}

    assert sum(len(path.read_text().splitlines()) for path in written) <= 150
    assert all(f"{name}.".startswith(("rbsite.", "sites_registry.versioned.")) for name in ours)


def test_the_core_of_versioned_pages_knows_no_site() -> None:
    naming = [
        f"{relative(path)}:{number}"
        for path in (ROOT / "sites_registry/versioned").glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"Site|(?<![a-zA-Z])sites?(?![a-z])", line.replace("sites_registry", ""))
    ]

    assert naming == []
