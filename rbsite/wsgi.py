"""The WSGI entry point of the platform (gunicorn rbsite.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rbsite.settings.base")

from rbsite.base.waiting import serve_requests
from rbsite.devdb import ensure_default_database

ensure_default_database()
serve_requests()
application = get_wsgi_application()
