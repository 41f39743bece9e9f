"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up alone: an account follows from an access request that an administrator accepts."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "L’adresse électronique ou le mot de passe n’est pas le bon. Vérifiez les deux.",
        "too_many_login_attempts": "Trop d’essais de connexion. Attendez quelques minutes, puis recommencez.",
    }

    def is_open_for_signup(self, request) -> bool:
        return False
