"""A small France in files: six départements, a collectivity, EPCI astride two of them, communes and arrondissements."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from rbsite.territories.drawing import forget_towns
from rbsite.territories.models import Territory
from tests.factories import UserFactory

FILES = {
    "regions": """code,nom,zone
04,La Réunion,drom
11,Île-de-France,metro
75,Nouvelle-Aquitaine,metro
76,Occitanie,metro
93,Provence-Alpes-Côte d'Azur,metro
977,Saint-Barthélemy,com
84,Auvergne-Rhône-Alpes,metro
""",
    "departements": """code,nom,code_region,zone
13,Bouches-du-Rhône,93,metro
31,Haute-Garonne,76,metro
32,Gers,76,metro
33,Gironde,75,metro
75,Paris,11,metro
93,Seine-Saint-Denis,11,metro
94,Val-de-Marne,11,metro
974,La Réunion,04,drom
977,Saint-Barthélemy,977,com
01,Ain,84,metro
""",
    "epci": """siren,nom,population_municipale,departements
200054781,Métropole du Grand Paris,7079977,75 93 94
200054807,Métropole d'Aix-Marseille-Provence,1922626,13
200023620,CC de la Gascogne Toulousaine,24051,31 32
243100518,Toulouse Métropole,823058,31
243300316,Bordeaux Métropole,835111,33
""",
    "communes": """code,nom,codes_postaux,population,code_departement,code_epci,lat,lon
13055,Marseille,13001 13013 13015,886040,13,200054807,43.29695,5.38107
31069,Blagnac,31700,27604,31,243100518,43.63675,1.38971
31149,Colomiers,31770,40882,31,243100518,43.61058,1.33467
31157,Cornebarrieu,31700,9312,31,243100518,,
31231,Fontenilles,31470,6500,31,200023620,,
31555,Toulouse,31000 31100 31200,514819,31,243100518,43.60426,1.44367
32160,L'Isle-Jourdain,32600,9400,32,200023620,43.61388,1.08210
33063,Bordeaux,33000 33100,267991,33,243300316,44.84124,-0.58046
33281,Mérignac,33700,78090,33,243300316,44.84247,-0.64512
75056,Paris,75001 75018 75116,2103778,75,200054781,48.85341,2.3488
93027,La Courneuve,93120,47000,93,200054781,48.92680,2.39627
93066,Saint-Denis,93200 93210,149077,93,200054781,48.93564,2.35387
94038,L'Haÿ-les-Roses,94240,31000,94,200054781,48.78000,2.33333
97411,Saint-Denis,97400 97490,155000,974,,-20.88231,55.45040
97415,Saint-Paul,97460,104000,974,,-21.00956,55.27071
97701,Saint-Barthélemy,97133,10585,977,,17.89618,-62.84978
01004,Ambérieu-en-Bugey,01500,15934,01,,45.95932,5.35160
""",
    "arrondissements_municipaux": """code,nom,commune,codes_postaux,population
13213,Marseille 13e Arrondissement,13055,13013,93000
13215,Marseille 15e Arrondissement,13055,13015,79161
75101,Paris 1er Arrondissement,75056,75001,15500
75118,Paris 18e Arrondissement,75056,75018,183127
""",
    "anciens_codes": """ancien_code,code
93059,93066
31900,31555
""",
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Neither the answers of geocoders nor the towns of another test."""
    cache.clear()
    forget_towns()
    yield
    forget_towns()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the small France, to be loaded or spoilt."""
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


@pytest.fixture
def france(db: None, folder: Path) -> Callable[[str, str], Territory]:
    """The small France in the database: `france("commune", "31555")`."""
    call_command("import_territories", folder, verbosity=0)
    return lambda kind, code: Territory.objects.get(kind=kind, code=code)


@pytest.fixture
def member(france: Callable, client_for: Callable) -> Client:
    """The browser of a signed-in person."""
    return client_for(UserFactory())
