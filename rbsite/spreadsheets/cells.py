"""What a cell may be besides a value: in error, or understood with a remark."""

import re
from dataclasses import dataclass
from typing import Any

_FAULT = re.compile(
    r"^(?:#(?:REF|N/A|N/D|DIV/0|VALUE|VALEUR|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|CALC)\s*[!?]*|Err:\d{3})$",
    re.IGNORECASE,
)


class Fault(str):
    """An error of the spreadsheet (« #REF! »), or a formula (« =A1+B1 ») of which the file keeps no result."""


def is_fault(cell: Any) -> bool:
    """Whether the cell is in error; ods and csv files keep errors as texts."""
    return isinstance(cell, Fault) or (isinstance(cell, str) and cell[:1] in "#Ee" and bool(_FAULT.match(cell.strip())))


def fault_sentence(cell: str) -> str:
    """What is wrong with a cell in error, and what is expected."""
    if cell.startswith("="):
        return "Cette formule n’a pas de résultat : ouvrez le fichier dans un tableur, puis enregistrez-le."
    return "Cette case est en erreur dans le tableur : remplacez-la par une valeur."


@dataclass(frozen=True)
class Noted:
    """A value that was understood, with what somebody should know of how: a doubt (warning) or a mere notice."""

    value: Any
    sentence: str
    is_warning: bool = False
