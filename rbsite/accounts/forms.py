"""Forms of allauth that behave otherwise here."""

from functools import partial

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest

from rbsite.base.after import after_answer


class ForgottenPasswordForm(ResetPasswordForm):
    """Whether there is an account is looked up once the person has their answer: its time tells nothing."""

    def clean_email(self) -> str:
        return get_adapter().clean_email(self.cleaned_data["email"].lower())

    def save(self, request: HttpRequest, **kwargs) -> str:
        email = self.cleaned_data["email"]
        after_answer(partial(_send_link, email))
        return email


def _send_link(email: str) -> None:
    users = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    if users:
        request_password_reset(None, email, users, default_token_generator)
