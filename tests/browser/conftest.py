"""A real browser before the live server; Chromium is found by `make test` and named by RB_CHROMIUM."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from rbsite.accounts.models import User
from tests.factories import PASSWORD

#: Playwright's loop runs in the thread of the tests, where Django would refuse its ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
_AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("RB_CHROMIUM") or "/usr/bin/chromium", args=_QUIET
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_browser(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """`open_browser(javascript=False, viewport=PHONE)`: a page of a new visitor, on the live server."""
    contexts: list[BrowserContext] = []

    def opened(**options) -> Page:
        options.setdefault("viewport", PHONE)
        if "javascript" in options:
            options["java_script_enabled"] = options.pop("javascript")
        context = browser.new_context(base_url=live_server.url, locale="fr-FR", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def sign_in(page: Page, user: User) -> None:
    """Through the sign-in page, as anybody."""
    page.goto("/compte/connexion/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/tableau-de-bord/")


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong in the page (the CSP of our pages forbids nothing to the tests' own script)."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{fault['id']} {node['target']}" for fault in found["violations"] for node in fault["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
