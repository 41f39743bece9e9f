"""No text, however long, holds a regular expression: each costs a time that grows as the text does, and no more."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.test_house_rules import ROOMS

#: Lengths of the texts on which each pattern is tried; what the longer may cost, in seconds and in times the shorter.
SHORT, LENGTHS_APART = 4_000, 8
LONG = SHORT * LENGTHS_APART
AT_ONCE, MOST = 0.01, 3 * LENGTHS_APART
#: What a long text repeats: enough for a pattern to begin again and again, and never to end.
_UNITS = (
    " ",
    "\t",
    "\n",
    "\xa0",
    "1",
    "0",
    "a",
    "é",
    "E",
    "N",
    "(",
    ")",
    ",",
    ";",
    "/",
    "|",
    ".",
    "-",
    "'",
    "’",
    "°",
    "=",
    "[",
    "<",
)
_MORE = (
    "1 ",
    " 1",
    "1,",
    "1.",
    "1 a",
    "a ",
    " -",
    "12345",
    "12345 ",
    "31000 a",
    ", ",
    " ,",
    "env ",
    "à peu près ",
    "cedex ",
)
ENDS = ("", "\0", "!", "1", " ")


def modules() -> Iterator:
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not {"migrations", "settings", "commands"} & set(found.name.split(".")):
                yield importlib.import_module(found.name)


def patterns_in(value: object) -> Iterator[re.Pattern]:
    """A pattern, and those of a list or of a dictionary."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list, set, frozenset)):
        yield from chain.from_iterable(map(patterns_in, value))
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(patterns_in, [*value, *value.values()]))


def written_in(source: str) -> Iterator[re.Pattern]:
    """The patterns that functions give to `re` where they use them."""
    for node in ast.walk(ast.parse(source)):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if not is_call or not isinstance(node.func.value, ast.Name) or node.func.value.id != "re":
            continue
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str | bytes):
            yield re.compile(node.args[0].value)


def every_pattern() -> list:
    found: dict[tuple, str] = {}
    for module in modules():
        here = chain.from_iterable(map(patterns_in, vars(module).values()))
        source = Path(module.__file__).read_text() if module.__file__ else ""
        for pattern in (*here, *written_in(source)):
            found.setdefault((pattern.pattern, pattern.flags), module.__name__)
    return [pytest.param(re.compile(*key), id=f"{where}-{str(key[0])[:30]}") for key, where in found.items()]


def seconds(pattern: re.Pattern, text: str | bytes) -> float:
    """The least of three tries of everything that is done with a pattern."""
    tries = []
    for _ in range(3):
        start = time.process_time()
        pattern.match(text)
        pattern.sub(text[:0], text)
        tries.append(time.process_time() - start)
        if tries[-1] < AT_ONCE:
            break
    return min(tries)


@pytest.mark.parametrize("pattern", every_pattern())
def test_a_pattern_costs_no_more_than_the_length_of_its_text(pattern):
    for unit in (*_UNITS, *_MORE):
        for end in ENDS:
            texts = [(unit * size)[:size] + end for size in (SHORT, LONG)]
            if isinstance(pattern.pattern, bytes):
                texts = [text.encode() for text in texts]
            if (long := seconds(pattern, texts[1])) > AT_ONCE:
                assert long < MOST * max(seconds(pattern, texts[0]), AT_ONCE / LENGTHS_APART / 4), (unit, end, long)
