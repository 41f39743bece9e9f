"""Files made to kill, swell or hold their reader; small ones, as somebody could send them."""

import io
import zipfile
from collections.abc import Callable

import openpyxl

from tests.sites_registry.messy import saved, with_members

SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_of(inside: str, *, prefix: str = "", root_prefix: str = "") -> bytes:
    """A workbook whose only sheet holds this XML."""
    spaces = f'xmlns="{_MAIN}"' + "".join(
        f' xmlns:{name.rstrip(":")}="{_MAIN}"' for name in {prefix, root_prefix} - {""}
    )
    data = f"<{prefix}sheetData>{inside}</{prefix}sheetData>"
    xml = f"<{root_prefix}worksheet {spaces}>{data}</{root_prefix}worksheet>"
    book = openpyxl.Workbook()
    return with_members(saved(book), {SHEET: xml.encode()})


def far_away_cell_under_another_prefix() -> bytes:
    """A cell at the far end of the sheet, in another prefix than the root: 549 GB for a reader of dense sheets."""
    return sheet_of('<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>', prefix="x:")


def shared_text_in_every_cell() -> bytes:
    """One text of 50,000 letters that 20,000 cells share: a gigabyte."""
    content = sheet_of("".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 20_001)))
    strings = f'<sst xmlns="{_MAIN}"><si><t>{"lait " * 10_000}</t></si></sst>'
    relations = zipfile.ZipFile(io.BytesIO(content)).read("xl/_rels/workbook.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="rIdS" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    members = {
        "xl/sharedStrings.xml": strings.encode(),
        "xl/_rels/workbook.xml.rels": relations.replace("</Relationships>", relation).encode(),
    }
    return with_members(content, members)


def formulas_without_results() -> bytes:
    """Two million formulas of which no result is kept."""
    row = "".join(f"<c><f>A{column}</f></c>" for column in range(100))
    return sheet_of("".join(f'<row r="{number}">{row}</row>' for number in range(1, 20_001)))


def merged_without_end() -> bytes:
    """Two hundred thousand areas of a million rows each."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    content = sheet_of(cells)
    xml = zipfile.ZipFile(io.BytesIO(content)).read(SHEET).decode()
    areas = "".join(f'<mergeCell ref="A2:B{1_048_576 - rank}"/>' for rank in range(200_000))
    return with_members(
        content, {SHEET: xml.replace("</worksheet>", f"<mergeCells>{areas}</mergeCells></worksheet>").encode()}
    )


def cells_of_separators() -> bytes:
    """Ten megabytes of separators: ten million cells."""
    return b"a;b\n" + b";" * (10 * 2**20 - 10) + b"x"


def lines_of_blanks() -> bytes:
    """Five million blank lines."""
    return b"a;b\n" + b"\r\n" * (5 * 2**20 - 10) + b"x;y"


def quotes_without_end() -> bytes:
    """A quote that opens on each line."""
    return b"a;b\n" + b'"x;\n' * 200_000


def sheet_of_letters() -> bytes:
    """A cell of fifty million letters."""
    return sheet_of(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"ab " * 16_000_000}</t></is></c></row>')


def nested_elements() -> bytes:
    """Elements a hundred thousand deep."""
    return sheet_of("<row>" * 100_000)


KILLERS: tuple[Callable[[], bytes], ...] = (
    far_away_cell_under_another_prefix,
    shared_text_in_every_cell,
    formulas_without_results,
    merged_without_end,
    cells_of_separators,
    lines_of_blanks,
    quotes_without_end,
    sheet_of_letters,
    nested_elements,
)
