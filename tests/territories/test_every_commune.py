"""Each commune of France, written in the ways in which people write it, is found or asked, never read as another."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command

from rbsite.territories.communes import CommuneIndex
from rbsite.territories.enums import TerritoryKind as Kind
from rbsite.territories.management.commands.import_territories import BUNDLED
from rbsite.territories.models import Territory
from rbsite.territories.resolution import resolve

#: Communes of the reference files; what must be found without a question, of 100; inhabitants from which all must be.
COMMUNES, EXACT, VARIANTS, LARGE = 34_969, 98, 90, 20_000
Write = Callable[[str], str]


def bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def shortened(name: str) -> str:
    for long, short in (("Sainte", "Ste"), ("Saint", "St"), ("-sur-", " s/ "), ("-sous-", " s/s ")):
        name = name.replace(long, short)
    return name


#: How a name is written, with its département after it.
WAYS: dict[str, Write] = {
    "straight apostrophes": lambda name: name.replace("’", "'"),
    "typographic apostrophes": lambda name: name.replace("'", "’"),
    "letter apostrophes": lambda name: name.replace("'", "ʼ"),
    "primes": lambda name: name.replace("'", "′"),
    "en dashes": lambda name: name.replace("-", "–"),
    "no-break hyphens": lambda name: name.replace("-", "‑"),
    "em dashes": lambda name: name.replace("-", "—"),
    "spaces": lambda name: name.replace("-", " ").replace("'", " "),
    "capitals": str.upper,
    "small letters": str.lower,
    "no accents": bare,
    "accents apart": lambda name: unicodedata.normalize("NFD", name),
    "abbreviations": shortened,
    "no-break spaces": lambda name: f"\xa0{name}\xa0 ".replace(" ", "\xa0"),
}


@pytest.fixture
def communes(db: None) -> Iterator[list[Territory]]:
    call_command("import_territories", BUNDLED, verbosity=0)
    yield list(Territory.objects.communes().select_related("departement"))


def test_every_commune_is_found_however_it_is_written_and_never_taken_for_another(communes: list[Territory]) -> None:
    index = CommuneIndex()
    tried: Counter[str] = Counter()
    asked: dict[str, list[str]] = defaultdict(list)
    others: list[str] = []

    def ask(way: str, text: str, commune: Territory) -> None:
        found = resolve(index, text).match
        tried[way] += 1
        if found is None:
            asked[way].append(text)
        elif found.pk != commune.pk and found.commune_id != commune.pk:
            others.append(f"{text} -> {found.label}")

    for commune in communes:
        place = commune.departement_code
        ask("exact", f"{commune.name} ({place})", commune)
        for way, write in WAYS.items():
            written = write(commune.name)
            if written != commune.name:
                ask(way, f"{written} ({place})", commune)
        for former in commune.former_names:
            ask("former name", f"{former} ({place})", commune)
        if commune.postcodes:
            ask("postcode", f"{commune.postcodes[0]} {commune.name}", commune)
            ask("postcode after", f"{commune.name} {commune.postcodes[0]}", commune)

    missed = {way: (len(texts), tried[way], texts[:5]) for way, texts in asked.items()}
    found = {way: 100 - 100 * len(asked[way]) / count for way, count in tried.items()}
    assert others == []
    assert sum(commune.kind == Kind.COMMUNE for commune in communes) == COMMUNES
    assert found["exact"] >= EXACT, missed
    assert all(share >= VARIANTS for share in found.values()), missed
    large = {
        commune.name for commune in communes if (commune.population or 0) > LARGE or commune.kind == "arrondissement"
    }
    assert [text for texts in asked.values() for text in texts if text.rpartition(" (")[0] in large] == []
