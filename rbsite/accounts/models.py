"""People, the organisations that they work for, and where both of them act."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from rbsite.base.fields import ChoiceSetField
from rbsite.territories.models import Territory

from .enums import AdminRole, Feature, Option, OrganisationCategory, Role, UserStatus

FRENCH_PHONE = RegexValidator(
    r"^(?:(?:\+|00)(?:33|262|590|594|596)|0)\s*[1-9](?:[\s.-]*\d{2}){4}$",
    "Écrivez un numéro français, par exemple 05 61 00 00 00.",
)


class OrganisationType(models.Model):
    """Kind of organisation (préfecture, commune, association…) with the role that its members have by default."""

    uid = models.SlugField("identifiant", unique=True)
    name_singular = models.CharField("nom", max_length=250, unique=True)
    name_plural = models.CharField("nom au pluriel", max_length=250)
    abbreviation = models.CharField("sigle", max_length=50, blank=True)
    category = models.CharField("catégorie", max_length=30, choices=OrganisationCategory.choices)
    default_role = models.CharField("rôle par défaut", max_length=30, choices=Role.choices)
    #: Police services are a type of their own, so that a page can always name them among its readers.
    is_police = models.BooleanField("service de police ou de gendarmerie", default=False)

    class Meta:
        ordering = ["name_singular"]
        verbose_name = "type de structure"
        verbose_name_plural = "types de structure"

    def __str__(self) -> str:
        return self.name_singular


class Organisation(models.Model):
    """A service, a local authority, an association…: its members share its intervention areas."""

    name = models.CharField("nom", max_length=250, unique=True)
    abbreviation = models.CharField("sigle", max_length=250, blank=True)
    type = models.ForeignKey(OrganisationType, models.PROTECT, related_name="organisations", verbose_name="type")
    is_active = models.BooleanField("active", default=True)
    areas: models.ManyToManyField = models.ManyToManyField(
        Territory, through="OrganisationArea", related_name="+", verbose_name="territoires d’intervention"
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "structure"

    def __str__(self) -> str:
        return self.abbreviation or self.name


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(
            email, password, is_superuser=True, status=UserStatus.ACTIVE, admin_role=AdminRole.NATIONAL, **fields
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in; the e-mail address is the name."""

    email = models.EmailField(
        "adresse électronique", unique=True, error_messages={"unique": "Un compte existe déjà avec cette adresse."}
    )
    first_name = models.CharField("prénom", max_length=150)
    last_name = models.CharField("nom", max_length=150)
    phone = models.CharField("téléphone", max_length=30, blank=True, validators=[FRENCH_PHONE])
    position = models.CharField("fonction", max_length=150, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="members", verbose_name="structure"
    )
    status = models.CharField("statut", max_length=10, choices=UserStatus.choices, default=UserStatus.NEW)
    role = models.CharField("rôle", max_length=30, choices=Role.choices, blank=True)
    admin_role = models.CharField("administration", max_length=30, choices=AdminRole.choices, blank=True)
    options = ChoiceSetField(Option, verbose_name="options")
    areas: models.ManyToManyField = models.ManyToManyField(
        Territory, through="UserArea", related_name="+", verbose_name="territoires d’intervention"
    )
    date_joined = models.DateTimeField("créé le", auto_now_add=True)
    #: When the person last opened their home, and the last time of the visit before: see `visits.note_visit`.
    seen_at = models.DateTimeField("vu le", null=True, editable=False)
    previous_visit_at = models.DateTimeField("visite précédente", null=True, editable=False)
    #: Follows from the status; a plain column, because Wagtail's and allauth's queries and forms expect one.
    is_active = models.BooleanField("peut se connecter", default=False)

    #: What `permissions.grants_for` has read for this instance, hence for one request.
    cached_grants: Any = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        ordering = ["last_name", "first_name"]
        verbose_name = "personne"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_whatever_the_case",
                violation_error_message="Un compte existe déjà avec cette adresse.",
            ),
            models.CheckConstraint(
                condition=models.Q(status=UserStatus.ACTIVE, is_active=True)
                | (~models.Q(status=UserStatus.ACTIVE) & models.Q(is_active=False)),
                name="user_is_active_follows_status",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def save(self, *args, **kwargs):
        self.is_active = self.status == UserStatus.ACTIVE
        super().save(*args, **kwargs)

    @property
    def is_staff(self) -> bool:
        """Django's own administration is not mounted; Wagtail asks `access_admin` instead."""
        return False

    @property
    def name_and_organisation(self) -> str:
        """« Prénom Nom, structure », as people are named everywhere."""
        return f"{self}, {self.organisation}" if self.organisation else str(self)

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name


class AreaOfIntervention(models.Model):
    """A territory on which a person or an organisation acts."""

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="territoire")
    is_main = models.BooleanField("territoire principal", default=False)

    class Meta:
        abstract = True


class OrganisationArea(AreaOfIntervention):
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="area_set")

    class Meta:
        verbose_name = "territoire d’intervention de la structure"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "territory"], name="organisation_area_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} : {self.territory}"


class UserArea(AreaOfIntervention):
    user = models.ForeignKey(User, models.CASCADE, related_name="area_set")

    class Meta:
        verbose_name = "territoire d’intervention de la personne"
        constraints = [models.UniqueConstraint(fields=["user", "territory"], name="user_area_once")]

    def __str__(self) -> str:
        return f"{self.user} : {self.territory}"


class GrantException(models.Model):
    """A right given to, or taken from, one person or one organisation; a refusal wins over every grant."""

    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="grant_exceptions")
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="grant_exceptions", verbose_name="structure"
    )
    feature = models.CharField("droit", max_length=40, choices=Feature.choices)
    is_allowed = models.BooleanField("accordé", default=True)
    is_national = models.BooleanField("sur tout le pays", default=False)
    #: Ids of territories, so that the grants of a person cost one query.
    territory_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name="territoires")
    reason = models.CharField("motif", max_length=250, blank=True)

    class Meta:
        verbose_name = "exception de droit"
        verbose_name_plural = "exceptions de droit"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(organisation__isnull=True),
                name="grant_exception_has_one_holder",
                violation_error_message="Choisissez une personne ou une structure, pas les deux.",
            )
        ]

    def __str__(self) -> str:
        verb = "accordé à" if self.is_allowed else "refusé à"
        return f"{self.get_feature_display()} {verb} {self.user or self.organisation}"
