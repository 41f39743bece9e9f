"""Screens of allauth that answer otherwise here."""

from allauth.account.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse

from .adapters import TOO_MANY


class SignInView(LoginView):
    """Sign-in; an attempt too many is 429, with the form as it was."""

    def form_invalid(self, form) -> HttpResponse:
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, TOO_MANY):
            response.status_code = 429
        return response
