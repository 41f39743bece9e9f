"""Pages of the frame: errors, and every component rendered once."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import RequestFactory

from rbsite.base.gallery import SampleForm, sample_context


class Reader:
    is_authenticated = True
    pk = 7

    def __str__(self) -> str:
        return "Claire Dumas"


def render(template: str, path: str = "/sites/31/abc/", user: object | None = None, **context) -> str:
    request = RequestFactory().get(path)
    request.user = user or Reader()
    return render_to_string(template, {"user": request.user, **context}, request=request)


def gallery() -> str:
    request = RequestFactory().get("/composants/")
    return render("components/gallery.html", "/composants/", **sample_context(request))


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503", "maintenance"])
@pytest.mark.parametrize("user", [Reader(), AnonymousUser()])
def test_an_error_page_is_the_same_whatever_was_asked(name: str, user: object) -> None:
    cache.set("knowledge.footer", [])  # known, as it is to all pages but the first
    pages = {
        render(f"{name}.html", path, user, request_path=path, exception="secret")
        for path in ("/sites/31/abc/", "/sites/33/autre/?q=x", "/sites/31/abc/")
    }

    assert len(pages) == 1
    assert "secret" not in pages.pop()


@pytest.mark.parametrize("name", ["404", "500", "503", "400"])
def test_an_error_page_needs_no_request(name: str) -> None:
    assert "<h1>" in render_to_string(f"{name}.html")


def test_nothing_is_inline() -> None:
    html = BeautifulSoup(gallery(), "html.parser")

    assert html.select("[style], style, script:not([src])") == []
    assert not [name for tag in html.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_every_icon_that_components_name_exists() -> None:
    drawn = set(re.findall(r'symbol id="([^"]+)"', Path(finders.find("rb/icons.svg")).read_text()))

    assert set(re.findall(r"icons\.svg#([\w-]+)", gallery())) <= drawn


def test_every_id_is_unique_and_every_reference_exists() -> None:
    html = BeautifulSoup(gallery(), "html.parser")
    ids = [tag["id"] for tag in html.select("[id]")]
    named = {name for tag in html.select("[aria-describedby]") for name in tag["aria-describedby"].split()}
    named |= {tag["for"] for tag in html.select("[for]")}

    assert len(ids) == len(set(ids))
    assert named <= set(ids)


def test_the_state_s_mark_shows_only_where_the_state_is_the_publisher() -> None:
    assert "République" not in render("404.html")
    assert "République" in render("404.html", state_brand=True)


def test_the_mail_of_a_forgotten_password_is_french_and_holds_the_link() -> None:
    text = render_to_string(
        "account/email/password_reset_key_message.txt", {"password_reset_url": "https://x.test/?a&b"}
    )

    assert text.startswith("Bonjour,")
    assert "https://x.test/?a&b" in text


def test_the_demo_s_accounts_are_shown_on_the_demo_only() -> None:
    context = {"form": SampleForm(), "redirect_field": ""}

    assert "demo.test" not in render("account/login.html", user=AnonymousUser(), is_demo=False, **context)
    assert "national@demo.test" in render("account/login.html", user=AnonymousUser(), is_demo=True, **context)
