"""Find a Chromium, then run the tests: the body of `make test`. Arguments go to pytest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_CHROMIUM = "/usr/bin/chromium"
NO_CHROMIUM = (
    "No Chromium for the browser tests: set RB_CHROMIUM to the path of one, or install it as /usr/bin/chromium, "
    "or run as root where apt-get can install it, or let `playwright install chromium` download it."
)


def given() -> str | None:
    """The browser that the environment names."""
    return shutil.which(os.environ.get("RB_CHROMIUM", ""))


def of_the_system() -> str | None:
    """Debian's browser."""
    return shutil.which(SYSTEM_CHROMIUM)


def from_apt() -> str | None:
    """Debian's browser, installed now when we may."""
    if os.geteuid() or not shutil.which("apt-get"):
        return None
    print("→ Installing Chromium with apt-get", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "check": False}
    subprocess.run(["apt-get", "update", "-q"], **quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-liberation"], **quiet
    )
    return of_the_system()


def from_playwright() -> str | None:
    """Playwright's own browser, downloaded now."""
    from playwright.sync_api import sync_playwright

    print("→ Installing Chromium with playwright", flush=True)
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode:
        return None
    with sync_playwright() as playwright:
        return shutil.which(playwright.chromium.executable_path)


def main() -> None:
    """Become pytest, with RB_CHROMIUM set."""
    if "RB_CHROMIUM" in os.environ and not given():
        sys.exit(f"RB_CHROMIUM names no program: {os.environ['RB_CHROMIUM']}")
    browser = given() or of_the_system() or from_apt() or from_playwright()
    if not browser:
        sys.exit(NO_CHROMIUM)
    os.environ["RB_CHROMIUM"] = browser
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *(sys.argv[1:] or ["-n", "2"])])


if __name__ == "__main__":
    main()
