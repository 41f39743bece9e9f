#!/usr/bin/env python
"""Run a command of the platform; starts the embedded PostgreSQL when no DATABASE_URL is set."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rbsite.settings.dev")
    from django.core.management import execute_from_command_line

    from rbsite.devdb import ensure_default_database

    ensure_default_database()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
