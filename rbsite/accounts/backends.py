"""Authentication by e-mail and password; Django's permission questions are answered by the permission home."""

from allauth.account.auth_backends import AuthenticationBackend

from .enums import Feature
from .permissions import can

#: Opening Wagtail is worth it for whoever may edit something there.
_ADMIN_FEATURES = (Feature.SITE_UPDATE, Feature.SITE_CORRECT, Feature.CONTENT_EDIT)


class GrantsBackend(AuthenticationBackend):
    """allauth's e-mail sign-in, with `access_admin` derived from the grants and no other Django permission."""

    def has_perm(self, user_obj, perm, obj=None) -> bool:
        if perm == "wagtailadmin.access_admin":
            return any(can(user_obj, feature) for feature in _ADMIN_FEATURES)
        return False

    def get_all_permissions(self, user_obj, obj=None) -> set[str]:
        return {"wagtailadmin.access_admin"} if self.has_perm(user_obj, "wagtailadmin.access_admin") else set()
