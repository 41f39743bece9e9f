"""Addresses of the registry; each line has its rule in the access table of the tests."""

from django.urls import path

from .sites.views import detail, exchange, following, history, listing, map, phases, search, steering, update
from .sites.views.access import at_todays_address

app_name = "sites"
_SITE = "<slug:departement>/<slug:code>/"

urlpatterns = [
    path("", listing.site_list, name="list"),
    path("actualiser/", search.choose_site, name="choose"),
    path("carte/", map.site_map, name="map"),
    path("carte/departements.svg", map.site_map_image, name="map_image"),
    path("carte/donnees.json", map.site_map_data, name="map_data"),
    path("declarer/", update.declare, name="declare"),
    path("importer/", exchange.import_start, name="import"),
    path("importer/modele/", exchange.import_template, name="import_template"),
    path("importer/<uuid:token>/", exchange.import_check, name="import_check"),
    path("importer/<uuid:token>/annote/", exchange.import_annotated, name="import_annotated"),
    path("importer/<uuid:token>/colonnes/", exchange.import_columns, name="import_columns"),
    path("importer/<uuid:token>/fichier/", exchange.import_file, name="import_file"),
    path("exporter/", exchange.export, name="export"),
    path(_SITE, at_todays_address(detail.site_detail), name="detail"),
    path(f"{_SITE}apercu/", at_todays_address(map.quick_view), name="quick_view"),
    path(f"{_SITE}epingler/", at_todays_address(following.pin), name="pin"),
    path(f"{_SITE}j-interviens/", at_todays_address(following.intervene), name="intervene"),
    path(f"{_SITE}phases/", at_todays_address(phases.edit_phases), name="phases"),
    path(f"{_SITE}demarrer-la-resorption/", at_todays_address(phases.start_resorption), name="start_resorption"),
    path(f"{_SITE}canicule/", at_todays_address(steering.heatwave), name="heatwave"),
    path(f"{_SITE}objectif/", at_todays_address(steering.objective), name="objective"),
    path(f"{_SITE}supprimer/", at_todays_address(steering.delete), name="delete"),
    path(f"{_SITE}rien-n-a-change/", at_todays_address(update.confirm_unchanged), name="unchanged"),
    path(f"{_SITE}fermer/", at_todays_address(update.close), name="close"),
    path(f"{_SITE}rouvrir/", at_todays_address(update.reopen), name="reopen"),
    path(f"{_SITE}historique/", at_todays_address(history.site_history), name="history"),
    path(f"{_SITE}historique/<int:version_id>/", at_todays_address(history.compare_version), name="compare"),
    path(f"{_SITE}actualiser/<slug:section>/", at_todays_address(update.update_section), name="update"),
    # the tabs that rooms above register: after every address of ours
    path(f"{_SITE}<slug:tab>/", at_todays_address(detail.site_tab), name="tab"),
]
