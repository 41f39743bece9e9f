"""Sample data of the page that shows every component: invented, no database."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from .forms import RbForm, TriStateField

_SECTIONS = [
    ("Carte et accès", "carte"),
    ("Habitants", "habitants"),
    ("Conditions de vie", "conditions"),
    ("Intervenants", "intervenants"),
    ("Historique", "historique"),
    ("Journal", "journal"),
]


class SampleForm(RbForm):
    """One field of each kind."""

    as_of = forms.DateField(label="Situation au", help_text="Le jour où vous avez constaté.")
    people = forms.IntegerField(label="Personnes", required=False, min_value=0, help_text="Laissez vide si inconnu.")
    water = TriStateField(label="Accès continu à l’eau")
    kind = forms.ChoiceField(
        label="Type de site",
        choices=[("land", "Terrain"), ("building", "Immeuble bâti"), ("other", "Autre")],
        widget=forms.RadioSelect,
    )
    origins = forms.MultipleChoiceField(
        label="Origines",
        required=False,
        choices=[("french", "Français"), ("eu", "Union européenne"), ("outside_eu", "Hors Union européenne")],
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.ChoiceField(
        label="Cause de la fermeture",
        required=False,
        choices=[("", "Choisir"), ("justice", "Décision de justice"), ("city", "Décision de la commune")],
        widget=forms.Select,
    )
    solution = forms.ChoiceField(
        label="Orientation des ménages",
        required=False,
        choices=[
            ("housing", "Logement ou hébergement adapté longue durée"),
            ("shelter", "Mise à l’abri temporaire (quelques jours ou semaines)"),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Note d’accès", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    photo = forms.FileField(label="Photo", required=False, help_text="Jamais de visage. 5 Mo au plus.")
    agree = forms.BooleanField(label="Je n’ai écrit le nom d’aucun habitant")


def sample_context(request: HttpRequest) -> dict[str, Any]:
    """Everything that `components/gallery.html` shows."""
    today = timezone.localdate()
    return {
        "page_title": "Composants",
        "breadcrumb": [("Sites", "/sites/"), ("Haute-Garonne", "/sites/"), ("Chemin des Étroits", None)],
        "form": SampleForm(initial={"as_of": today, "people": 40}),
        "refused": SampleForm({"people": "-3", "water": "false"}, auto_id="refused_%s"),
        "figures": _figures(),
        "tabs": _tabs(),
        "chips": [{"label": "Sans eau", "url": "?"}, {"label": "Toulouse (31)", "url": "?"}],
        "page": Paginator(range(400), 20).get_page(7),
        "themes": _themes(),
        "dates": [today - timedelta(days=days) for days in (2, 130, 400)],
        "facts": [("Adresse", "12 chemin des Étroits"), ("Type", "Terrain"), ("Propriétaire", None)],
        "person": _person(),
        "history": _history(today),
        "table": _table(),
        "steps": ["Fichier", "Colonnes", "Vérification", "Confirmation"],
        "sections": _SECTIONS,
        "icons": _icons(),
    }


def _icons() -> list[str]:
    """Names of the icons of the sprite."""
    sprite = finders.find("rb/icons.svg")
    return re.findall(r'symbol id="([^"]+)"', Path(sprite).read_text()) if sprite else []


def _person() -> dict[str, str]:
    return {
        "get_full_name": "Claire Dumas",
        "position": "cheffe de projet",
        "organisation": "préfecture de la Haute-Garonne",
        "email": "claire.dumas@demo.test",
        "phone": "05 61 00 00 00",
    }


def _figures() -> list[dict]:
    return [
        {"label": "personnes", "value": 1310, "url": "?", "hint": "au 22 nov. 2026", "icon": "people"},
        {"label": "mineurs", "value": 412, "icon": "child"},
        {"label": "ménages", "value": None, "icon": "home"},
        {"label": "enfants scolarisés", "value": 96, "hint": "3 sites sans chiffre", "icon": "school"},
    ]


def _tabs() -> list[dict]:
    return [
        {"label": "Existants", "url": "?", "count": 42, "current": True},
        {"label": "En cours de résorption", "url": "?", "count": 5},
        {"label": "Fermés", "url": "?", "count": 1118},
    ]


def _themes() -> list[dict]:
    rows = [
        ("water", "Eau", "good", "oui"),
        ("sanitary", "Toilettes", "to_improve", "à améliorer"),
        ("electricity", "Électricité", "bad", "non"),
        ("trash", "Évacuation des déchets", "unknown", "ne sait pas"),
        ("pest", "Nuisibles", "bad", "présents"),
        ("fire", "Prévention incendie", "good", "oui"),
    ]
    return [dict(zip(("theme", "label", "status", "word"), row, strict=True)) for row in rows]


def _history(today: date) -> list[dict]:
    return [
        {
            "title": "Site actualisé",
            "when": today - timedelta(days=3),
            "author": "Claire Dumas, préfecture de la Haute-Garonne",
            "changes": [
                {"label": "Personnes", "old": 40, "new": 57},
                {"label": "Eau", "old": None, "new": True},
            ],
            "url": "?",
            "link_label": "Comparer",
        },
        {"title": "Site déclaré", "when": today - timedelta(days=150), "author": "Karim Benali, Toulouse Métropole"},
    ]


def _table() -> dict[str, Any]:
    return {
        "headers": ["Site", "Commune", {"label": "Personnes", "number": True}, "Eau"],
        "rows": [
            ["Chemin des Étroits", "Toulouse (31)", 1240, "à améliorer"],
            ["La Salade", "Colomiers (31)", None, "ne sait pas"],
        ],
    }
