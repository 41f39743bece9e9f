"""Set up what is missing, then serve the site until Ctrl-C or SIGTERM: the body of `make demo`.

Each step looks at what is there and does only what is not; the second start takes seconds.
"""

import hashlib
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bootstrap import HOST, alone, check_port

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rbsite.settings.dev")
os.environ.setdefault("RB_DEMO", "1")
IGNORES_HANGUP = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
#: Seconds that requests have to end once the demo is told to stop.
GRACE = 5
STATIC_FOLDERS = ("static", "rbsite", "sites_registry", "knowledge", "community")
DEMO_ACCOUNTS = (
    ("national@demo.test", "administratrice nationale"),
    ("admin31@demo.test", "administrateur local de la Haute-Garonne"),
    ("prefecture31@demo.test", "correspondante, Haute-Garonne"),
    ("ddets33@demo.test", "correspondant, Gironde"),
    ("ville.toulouse@demo.test", "partenaire institutionnel, commune de Toulouse"),
    ("metropole.toulouse@demo.test", "partenaire institutionnel, Toulouse Métropole"),
    ("operateur31@demo.test", "opérateur, Haute-Garonne"),
    ("intervenant31@demo.test", "intervenante, Haute-Garonne"),
    ("observateur@demo.test", "observateur externe"),
    ("dihal@demo.test", "acteur national"),
)
DEMO_PASSWORD = "demo-resorption-2026"  # noqa: S105 - printed for whoever tries the demo


def say(text: str) -> None:
    """Tell what is being done."""
    print(text, flush=True)


def migrate() -> None:
    """Bring the tables to the last migration."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"→ Mise à jour de la base de données ({len(missing)} étapes)")
        call_command("migrate", verbosity=0, interactive=False)


def load_data() -> None:
    """Load the reference data and the demo data, each once."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from rbsite.territories.models import Territory

    if not Territory.objects.exists():
        say("→ Chargement des communes, départements et régions")
        call_command("import_territories")
    if not get_user_model().objects.filter(email=DEMO_ACCOUNTS[0][0]).exists():
        say("→ Création des données de démonstration (inventées)")
        call_command("seed_demo")


def collect_static() -> None:
    """Prepare style sheets, scripts and fonts; skipped while neither ours nor the libraries' changed."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    wanted = static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("→ Préparation des fichiers statiques")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(wanted)


def static_fingerprint() -> str:
    """Changes with our static files and with the version of any library."""
    digest = hashlib.sha256((ROOT / "requirements.lock.txt").read_bytes())
    files = [path for folder in STATIC_FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(files):
        name = path.relative_to(ROOT)
        if "static" in name.parts:
            digest.update(str(name).encode() + path.read_bytes())
    return digest.hexdigest()


def announce(port: int) -> None:
    """Say where the site is and who can sign in."""
    say(f"\nLe site est ouvert : http://{HOST}:{port}/   (Ctrl-C pour tout arrêter)\n")
    say(f"Comptes de démonstration, mot de passe « {DEMO_PASSWORD} » :")
    for email, role in DEMO_ACCOUNTS:
        say(f"  {email:<30} {role}")
    say("")


def stop_on_hangup() -> None:
    """Closing the terminal stops the demo, unless whoever started it asked otherwise (nohup)."""
    if not IGNORES_HANGUP:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    else:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def leave_in_time(worker: Any) -> None:
    """End this process before gunicorn kills it: it would say that memory was lacking to whoever pressed Ctrl-C."""

    def watch() -> None:
        while worker.alive:
            time.sleep(0.2)
        time.sleep(GRACE - 2)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def serve(port: int) -> None:
    """Serve until told to stop; the workers are forked from this process, where everything is already loaded."""
    from django.db import connections
    from gunicorn.app.base import BaseApplication

    from rbsite.devdb import ensure_default_database, keep_default_database
    from rbsite.wsgi import application

    def on_fork(_arbiter: Any, worker: Any) -> None:
        ensure_default_database()  # workers stop it, should this process be killed
        keep_default_database()
        leave_in_time(worker)

    def on_ready(_: Any) -> None:
        stop_on_hangup()  # gunicorn would only reload
        announce(port)

    class Server(BaseApplication):
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"{HOST}:{port}",
                "loglevel": "warning",
                "graceful_timeout": GRACE,
                "post_fork": on_fork,
                "when_ready": on_ready,
            }
            shared = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
            for name, value in (shared | options).items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return application

    connections.close_all()  # a connection cannot be shared by forked processes
    Server().run()


def main() -> None:
    """Run the steps in order."""
    import django

    from rbsite.devdb import ensure_default_database

    say("→ Démarrage")
    django.setup()
    from django.conf import settings

    check_port(str(settings.PORT))  # taken again, perhaps, while packages were installed
    stop_on_hangup()
    ensure_default_database()
    with alone(Path(settings.DATA_DIR) / "demo.lock", "→ Une autre démonstration se prépare ici : attente"):
        migrate()
        load_data()
        collect_static()
    serve(settings.PORT)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
