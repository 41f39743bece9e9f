"""Passwords that are guessed quickly, however long they are."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

#: zxcvbn reads no more; what follows only makes a password stronger.
_READ = 72
#: Of 4: « safely unguessable: moderate protection from offline slow-hash scenario ».
_ENOUGH = 3
#: zxcvbn knows English words: these are of the service, and the first that are tried in French.
_OURS = (
    *("resorption", "bidonvilles", "bidonville", "dihal", "prefecture", "plateforme"),
    *("motdepasse", "azerty", "bonjour", "soleil", "france", "republique"),
)
_GUESSED = (
    "Ce mot de passe se devine trop vite : évitez les répétitions, les suites, votre nom et celui de la plateforme. "
    "Quatre mots sans lien entre eux en font un bon."
)


class NotGuessedValidator:
    """Refuses repetitions, sequences, words in a row and what is known of the person, by zxcvbn's estimate."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError, in French, for a password that programs guess quickly."""
        about = [settings.WAGTAIL_SITE_NAME, *_OURS]
        if user is not None:
            about += [user.email, *user.email.split("@"), *user.first_name.split(), *user.last_name.split()]
        if zxcvbn(password[:_READ], user_inputs=[word.lower() for word in about])["score"] < _ENOUGH:
            raise ValidationError(_GUESSED, code="password_guessed")

    def get_help_text(self) -> str:
        """What is asked, in a sentence."""
        return "Le mot de passe ne se devine pas : ni répétition, ni suite, ni votre nom, ni celui de la plateforme."
