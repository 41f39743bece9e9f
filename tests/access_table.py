"""Who may open each address: the test of the house rules fails on an address that is missing here.

A rule names who gets past the door; what they then see is the policy's business (`rbsite/accounts/permissions.py`).
"""

RULES = {
    "public": "anybody",
    "page": "the page decides: public unless it or a parent is restricted",
    "signed-in": "any active account",
    "wagtail-admin": "accounts that may enter the editor",
}

#: Whole groups of addresses that belong to a library and share one rule.
PREFIXES: dict[str, str] = {
    "cms/": "wagtail-admin",
}

ACCESS: dict[str, str] = {}
