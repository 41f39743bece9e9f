"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: an account follows from an access request that an administrator accepts."""

    def is_open_for_signup(self, request) -> bool:
        return False
