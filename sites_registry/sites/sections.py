"""The sections of a site, written once: site page, quick forms, history filter and export columns follow them."""

from dataclasses import dataclass

from .enums import Theme
from .rules import AGE_FIELDS


@dataclass(frozen=True)
class Section:
    """A part of a site that is read and updated on its own."""

    slug: str
    title: str
    fields: tuple[str, ...]
    icon: str


POPULATION_FIELDS = (
    "population_total",
    "population_females",
    "population_households",
    "population_minors",
    "population_minors_girls",
    *AGE_FIELDS,
    "minors_in_school",
)
DWELLING_FIELDS = ("caravans", "huts", "tents", "cars", "mattresses")

SECTIONS = (
    Section("localisation", "Localisation", ("name", "address", "commune", "point", "access_notes"), "pin"),
    Section(
        "caracteristiques",
        "Caractéristiques",
        ("site_type", "built_at", "declared_at", "is_reinstallation", "reinstallation_comments", "incoming_sites"),
        "home",
    ),
    Section(
        "habitants",
        "Habitants",
        (
            *POPULATION_FIELDS,
            *DWELLING_FIELDS,
            "origins",
            "census_status",
            "census_conducted_at",
            "census_conducted_by",
        ),
        "people",
    ),
    Section(
        "eau",
        "Eau",
        (
            "water_access_type",
            "water_access_type_details",
            "water_access_is_public",
            "water_access_is_continuous",
            "water_access_is_continuous_details",
            "water_access_is_local",
            "water_access_is_close",
            "water_access_is_unequal",
            "water_access_is_unequal_details",
            "water_access_has_stagnant_water",
            "water_access_comments",
        ),
        "water",
    ),
    Section(
        "toilettes",
        "Toilettes",
        (
            "sanitary_working_toilets",
            "sanitary_toilet_types",
            "sanitary_toilets_are_inside",
            "sanitary_toilets_are_lighted",
            "sanitary_hand_washing",
            "sanitary_open_air_defecation",
        ),
        "toilet",
    ),
    Section(
        "electricite",
        "Électricité",
        ("electricity_access", "electricity_access_types", "electricity_access_is_unequal"),
        "plug",
    ),
    Section(
        "dechets",
        "Déchets",
        (
            "trash_is_piling",
            "trash_evacuation_is_close",
            "trash_evacuation_is_safe",
            "trash_evacuation_is_regular",
            "trash_bulky_is_piling",
        ),
        "trash",
    ),
    Section(
        "securite",
        "Nuisibles et incendie",
        ("pest_animals_presence", "pest_animals_details", "fire_prevention_diagnostic"),
        "flame",
    ),
    Section("pilotage", "Pilotage", ("heatwave_risk", "resorption_target"), "clock"),
)

SECTION_BY_SLUG = {section.slug: section for section in SECTIONS}

#: Theme of living conditions -> the section where it is answered, and how the names of its questions begin there.
_THEMES = {
    Theme.WATER: ("eau", "water_"),
    Theme.SANITARY: ("toilettes", "sanitary_"),
    Theme.ELECTRICITY: ("electricite", "electricity_"),
    Theme.TRASH: ("dechets", "trash_"),
    Theme.PEST: ("securite", "pest_"),
    Theme.FIRE: ("securite", "fire_"),
}


def section_of_theme(theme: Theme) -> Section:
    """The section where a theme is answered."""
    return SECTION_BY_SLUG[_THEMES[theme][0]]


def fields_of_theme(theme: Theme) -> tuple[str, ...]:
    """The questions of a theme, in the order in which they are asked."""
    slug, prefix = _THEMES[theme]
    return tuple(name for name in SECTION_BY_SLUG[slug].fields if name.startswith(prefix))


SECTION_OF_FIELD = {name: section for section in SECTIONS for name in section.fields}
