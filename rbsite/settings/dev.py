"""Development and demo: a known secret, every host of this machine, mails kept as files."""

from .base import *  # noqa: F403 - settings modules are layered by star import, as Django documents
from .base import DATA_DIR, env

SECRET_KEY = env.str("SECRET_KEY", default="development-only-secret-key-of-the-platform-0123456789")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
DEMO = env.bool("RB_DEMO", default=True)
if not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "rbsite.base.mail.EmlFileBackend"
EML_DIR = DATA_DIR / "mails"
