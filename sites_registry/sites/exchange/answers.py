"""From the cells of a row to the answers of its site."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from rbsite.base.wording import number
from rbsite.spreadsheets import values
from rbsite.spreadsheets.cells import Noted
from rbsite.spreadsheets.columns import ColumnReader
from rbsite.spreadsheets.layout import says_total
from rbsite.spreadsheets.values import Cell
from rbsite.territories.coordinates import Position, read_pair, read_position, written
from rbsite.territories.geo import contours, haversine_km, is_near_departement
from rbsite.territories.models import Territory

from ..models import SitePage
from ..validators import format_point
from .columns import SITE_COLUMNS
from .lookups import COMMUNE_COLUMNS, Communes, Origins, commune_words, names_a_commune
from .row_state import RowState

#: Two positions nearer than this, in degrees, are the same: files keep seven decimals.
_SAME_POINT = 1e-7
#: Kilometres from the centre of its commune beyond which a point is doubtful.
FAR_KM = 10
_POSITION_COLUMNS = ("latitude", "longitude", "position")
#: Columns that are read together, each with those of its kind.
_READ_TOGETHER = {"key", *COMMUNE_COLUMNS, *_POSITION_COLUMNS}
_SWAPPED = "La latitude et la longitude semblent inversées : voulez-vous dire {proposed} ?"
_PUT_RIGHT = "Latitude et longitude remises dans l’ordre : {proposed}."
_LAMBERT = "Coordonnées Lambert-93, lues {degrees}."
_TOTAL = "Cette ligne est-elle un total ou une remarque ? Elle sera lue comme un site : sinon, retirez-la du fichier."
_FAR = "Ce point est à {km} km du centre de {commune}."

Step = Callable[[RowState], None]


class RowReader:
    """Reads rows that have the columns `names`; a blank cell leaves its answer as it is."""

    def __init__(self, names: Sequence[str], *, communes: Communes, origins: Origins, swap: bool):
        self._communes, self._origins = communes, origins
        #: The person has said that latitude and longitude are to be put back in order; rows that wait for it.
        self._swap, self.swapped = swap, 0
        #: What is wrong when a step fails -> the step.
        self._steps: list[tuple[str, Step]] = [("key", self._read_key)]
        self._commune_column = _first_of(("citycode", "commune", "postcode"), names)
        self._point_column = _first_of(_POSITION_COLUMNS, names)
        if self._commune_column:
            self._steps.append(("commune", self._read_commune))
        if self._point_column:
            self._steps.append(("point", self._read_point))
        self._steps += [(name, self._step_of(name)) for name in names if name not in _READ_TOGETHER]
        self._steps.append(("incoming_sites", self._name_origins))
        self._naming = [name for name in ("key", "name", "address") if name in names]

    def read(self, state: RowState) -> None:
        """Change the site of `state` as its cells say; what cannot be read stands in its `errors`."""
        for name, step in self._steps:
            try:
                step(state)
            except ValueError as error:
                state.errors[name] = [str(error)]
        if state.is_new:
            self._doubt_a_total(state)

    def _step_of(self, name: str) -> Step:
        reader = ColumnReader(SITE_COLUMNS.by_name[name])
        special = {"situation_at": _read_day, "incoming_sites": _check_origin_keys}
        return partial(special.get(name, _read_answer), reader)

    def _read_key(self, state: RowState) -> None:
        """The key has been looked up already; nothing is stored from it in a known site."""
        SITE_COLUMNS.by_name["key"].value_of(state.cells["key"])

    def _read_commune(self, state: RowState) -> None:
        """The commune, from its code, or from its name with the département or the postcode."""
        words = commune_words(state.cells)
        if not names_a_commune(words):
            return
        if any(values.is_unknown(word, is_text=True) for word in words):
            raise ValueError("Cette information est nécessaire : elle ne peut pas être inconnue.")
        state.site.commune = self._communes.of(words)
        if noted := self._communes.note_of(words):
            state.note(self._commune_column, noted)
        address = values.read_text(state.cells.get("address"))
        if address and (sentence := self._communes.elsewhere(state.site.commune, address)):
            state.note("address", Noted(address, sentence, is_warning=True))

    def _doubt_a_total(self, state: RowState) -> None:
        """« TOTAL GÉNÉRAL » with a commune is a site as any row that names one, and told: few sites are called so."""
        for name in self._naming:
            if isinstance(cell := state.cells.get(name), str) and says_total(cell):
                state.note(name, Noted(cell, _TOTAL, is_warning=True))
                return

    def _name_origins(self, state: RowState) -> None:
        """The sites of origin, once the rest of the row is right."""
        cell = state.cells.get("incoming_sites")
        if not state.errors and not values.is_blank(cell):
            state.origins = self._origins.after(state.site, values.split_keys(cell))

    # --- position

    def _read_point(self, state: RowState) -> None:
        """The position, from two columns or one; « ? » takes the marker away."""
        both, latitude, longitude = (state.cells.get(name) for name in ("position", "latitude", "longitude"))
        given = [cell for cell in (both, latitude, longitude) if not values.is_blank(cell)]
        if not given:
            return
        if all(values.is_unknown(cell) for cell in given):
            state.site.point = ""
            return
        is_in_one = not values.is_blank(both)
        if not is_in_one and (len(given) == 1 or any(values.is_unknown(cell) for cell in given)):
            raise ValueError("La latitude et la longitude vont ensemble.")
        found = read_position(both) if is_in_one else read_pair(latitude, longitude)
        self._place(state, self._in_order(state, found))

    def _in_order(self, state: RowState, found: Position) -> Position:
        """The position with latitude and longitude in their places; raises ValueError until somebody agrees to it."""
        site = state.site
        if not are_swapped(site.commune if site.commune_id else None, found):
            return found
        right = replace(found, latitude=found.longitude, longitude=found.latitude)
        if not self._swap:
            self.swapped += 1
            raise ValueError(_SWAPPED.format(proposed=_degrees(right)))
        state.note(self._point_column, Noted(right, _PUT_RIGHT.format(proposed=_degrees(right)), is_warning=True))
        return right

    def _place(self, state: RowState, found: Position) -> None:
        site = state.site
        if found.is_lambert:
            state.note(self._point_column, Noted(found, _LAMBERT.format(degrees=_degrees(found))))
        if not site.point or not _is_near(site, found.latitude, found.longitude):
            site.point = format_point(found.latitude, found.longitude)
        centre = site.commune.centre if site.commune_id else None
        if centre is None or not centre[2]:
            return
        km = haversine_km(found.latitude, found.longitude, *centre[:2])
        if km > FAR_KM:
            sentence = _FAR.format(km=number(round(km)), commune=site.commune.label)
            state.note(self._point_column, Noted(found, sentence, is_warning=True))


def are_swapped(commune: Territory | None, found: Position) -> bool:
    """Whether the point lies out of the commune's département, and within it once its coordinates are exchanged."""
    if commune is None or not (-90 <= found.longitude <= 90):
        return False
    code = commune.departement_code
    if is_near_departement(found.latitude, found.longitude, code):
        return False
    return code in contours() and is_near_departement(found.longitude, found.latitude, code)


def _read_answer(reader: ColumnReader, state: RowState) -> None:
    column, site = reader.column, state.site
    cell = state.cells[column.name]
    if values.is_blank(cell):
        return
    if column.is_text and values.read_text(cell) == values.plain_text(getattr(site, column.name) or ""):
        return
    setattr(site, column.name, _value_of(cell, reader, state))


def _read_day(reader: ColumnReader, state: RowState) -> None:
    cell = state.cells[reader.column.name]
    if not values.is_blank(cell):
        state.day = _value_of(cell, reader, state)


def _value_of(cell: Cell, reader: ColumnReader, state: RowState) -> Any:
    """What a filled cell says; what is to be told of how it was understood is kept for the report."""
    value = reader(cell)
    if not isinstance(value, Noted):
        return value
    state.note(reader.column.name, value)
    return value.value


def _check_origin_keys(reader: ColumnReader, state: RowState) -> None:
    """The keys of the sites of origin are named last; here, only that they can be read."""
    cell = state.cells[reader.column.name]
    if not values.is_blank(cell):
        reader(cell)


def _first_of(wanted: Sequence[str], names: Sequence[str]) -> str:
    return next((name for name in wanted if name in names), "")


def _degrees(position: Position) -> str:
    return f"{written(position.latitude)} ; {written(position.longitude)}"


def _is_near(site: SitePage, latitude: float, longitude: float) -> bool:
    return abs(site.latitude - latitude) <= _SAME_POINT and abs(site.longitude - longitude) <= _SAME_POINT
