import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from rbsite.base.menu import MENU as menu
from rbsite.base.menu import MenuEntry


class Reader:
    is_authenticated = True


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu, "_entries", {})
    menu.register(MenuEntry("Importer", "/sites/importer/", "upload", order=30, visible=lambda request: False))
    menu.register(MenuEntry("Déclarer", "/sites/declarer/", "plus", order=20, on_phone_bar=True))
    menu.register(MenuEntry("Sites", "/sites/", "site", order=10))


def request_for(path: str, user: object):
    request = RequestFactory().get(path)
    request.user = user
    return request


@pytest.mark.usefixtures("entries")
def test_the_menu_holds_what_the_reader_may_use_in_order() -> None:
    labels = [entry.label for entry in menu.entries_for(request_for("/", Reader()))]

    assert labels == ["Sites", "Déclarer"]


@pytest.mark.usefixtures("entries")
def test_a_visitor_has_no_menu() -> None:
    assert menu.entries_for(request_for("/", AnonymousUser())) == []
    assert menu.entries_for(None) == []


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(("path", "current"), [("/sites/declarer/", "/sites/declarer/"), ("/sites/31/a/", "/sites/")])
def test_the_nearest_entry_is_the_current_one(path: str, current: str) -> None:
    request = request_for(path, Reader())
    html = Template("{% load rb %}{% main_menu %}").render(Context({"request": request}))

    assert f'href="{current}" aria-current="true"' in html
    assert html.count("aria-current") == 1


@pytest.mark.usefixtures("entries")
def test_error_pages_mark_no_entry() -> None:
    request = request_for("/sites/31/a/", Reader())
    html = Template("{% load rb %}{% main_menu plain=True %}").render(Context({"request": request}))

    assert "aria-current" not in html
