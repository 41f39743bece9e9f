"""What people do to a site. Each verb asks the right, changes the site, and leaves one event in its history."""

from .closing import close_site, correct_closing, reopen_site
from .editing import (
    confirm_unchanged,
    declare_site,
    delete_site,
    record_past_state,
    restore_version,
    update_site,
)
from .following import pin_site, start_intervening, stop_intervening, unpin_site
from .phases import set_phases, start_resorption

__all__ = [
    "close_site",
    "confirm_unchanged",
    "correct_closing",
    "declare_site",
    "delete_site",
    "pin_site",
    "record_past_state",
    "reopen_site",
    "restore_version",
    "set_phases",
    "start_intervening",
    "start_resorption",
    "stop_intervening",
    "unpin_site",
    "update_site",
]
