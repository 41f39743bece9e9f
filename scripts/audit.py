"""Compare the lock with known advisories: the body of `make audit`. Exits with 1 when one concerns it, 2 unknown."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock.txt"
#: Run apart from the environment of the platform, which needs none of its packages.
TOOL = "pip-audit==2.10.1"
UNKNOWN = "Advisories could not be read, so nothing is known: {reason}"
CLEAN = "No known advisory concerns the {count} locked packages."


def report() -> dict[str, Any]:
    """What pip-audit says; ends the program with a sentence when it could not ask."""
    program = [sys.executable, "-m", "uv", "tool", "run", "--python", sys.executable, TOOL]
    options = ["--requirement", str(LOCK), "--disable-pip", "--require-hashes", "--format", "json"]
    try:
        done = subprocess.run([*program, *options], capture_output=True, text=True, timeout=300, check=False)
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        reason = "no answer in five minutes"
    except json.JSONDecodeError:
        reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no reason was given"
    print(UNKNOWN.format(reason=reason))
    sys.exit(2)


def main() -> None:
    """Tell each package that an advisory concerns, with the versions that mend it."""
    packages = report()["dependencies"]
    concerned = [(package, advisory) for package in packages for advisory in package.get("vulns", ())]
    for package, advisory in concerned:
        mended = ", ".join(advisory["fix_versions"]) or "none yet"
        print(f"{package['name']} {package['version']}: {advisory['id']}, mended in {mended}")
    if concerned:
        sys.exit(1)
    print(CLEAN.format(count=len(packages)))


if __name__ == "__main__":
    main()
