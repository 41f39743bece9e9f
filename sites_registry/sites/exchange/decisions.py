"""What a person has decided of a file of sites, beside its sheet, columns and words: which site a row speaks of…"""

from dataclasses import dataclass, field

from rbsite.spreadsheets.decisions import TableDecisions

#: Instead of the code of a site: the row speaks of a site that the platform does not know.
NEW_SITE = "nouveau"


@dataclass
class Decisions(TableDecisions):
    """The answers of one person for one file of sites; kept in its draft."""

    #: Row -> code of the site that it speaks of, or NEW_SITE.
    sites: dict[str, str] = field(default_factory=dict)
    #: Kind of the new sites, when the file has no such column.
    site_type: str = ""
    #: Day of the situation, « 2026-03-14 », of the rows that do not say it.
    day: str = ""
    #: Cause of the closings, and whether they resorbed the sites (« oui », « non », « ? »), where rows do not say it.
    cause: str = ""
    resorbed: str = ""
    #: INSEE code of the commune of new sites, where rows name none.
    commune: str = ""
    #: Put latitude and longitude back in order where they are swapped.
    swap: bool = False
