"""Take the pictures of `docs/screens/`: the main screens of a running demo (`make demo`), on a phone and on a desk.

`python scripts/screens.py [http://127.0.0.1:8000]`. Pictures are cut to one screen and reduced to a few colours.
"""

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
PERSON, PASSWORD = "prefecture31@demo.test", "demo-resorption-2026"
COLOURS = 64
PUBLIC = {"accueil": "/", "connexion": "/compte/connexion/"}
SIGNED_IN = {
    "tableau-de-bord": "/tableau-de-bord/",
    "sites": "/sites/",
    "carte": "/sites/carte/",
    "recherche": "/recherche/?q=toulouse",
    "declarer": "/sites/declarer/",
    "importer": "/sites/importer/",
}
#: What a phone shows only further down.
SCROLLED_TO = {"carte": "#carte", "actualiser": "#formulaire"}


def take(page: Page, base: str, name: str, path: str, size: str) -> None:
    """One picture, once the page is quiet."""
    page.goto(base + path, wait_until="networkidle")
    if size == "phone" and (place := SCROLLED_TO.get(name)):
        page.locator(place).evaluate("element => element.scrollIntoView()")
        page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(FOLDER / f"{name}-{size}.png", optimize=True)


def sign_in(page: Page, base: str) -> None:
    """As the correspondante of Haute-Garonne."""
    page.goto(f"{base}/compte/connexion/")
    page.fill("input[name=login]", PERSON)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/tableau-de-bord/")


def main(base: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("RB_CHROMIUM") or "/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for size, viewport in SIZES.items():
            page = browser.new_context(viewport=viewport, locale="fr-FR").new_page()
            for name, path in PUBLIC.items():
                take(page, base, name, path, size)
            sign_in(page, base)
            page.goto(f"{base}/sites/?tri=actualisation")
            site = page.locator("#resultats h2 a, #resultats h3 a").first.get_attribute("href")
            for name, path in {
                **SIGNED_IN,
                "site": site,
                "actualiser": f"{site}actualiser/habitants/#formulaire",
            }.items():
                take(page, base, name, path, size)
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} images, {sum(f.stat().st_size for f in FOLDER.glob('*.png')) // 1024} ko")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
