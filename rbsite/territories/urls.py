"""Addresses under /geo/."""

from django.urls import path

from . import views

app_name = "geo"

#: Signed-in people.
urlpatterns = [
    path("search", views.search, name="search"),
    path("communes", views.communes, name="communes"),
    path("reverse", views.reverse, name="reverse"),
]

#: Public.
urlpatterns += [path("fond/<int:z>/<int:x>/<int:y>.svg", views.tile, name="tile")]
