"""Where pages of the registry stand: one registry, one page per département, and under them the objects of each."""

import secrets

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageViewRestriction, Site

from rbsite.accounts.page_policy import NeverRouted, OwnVerbsTester
from rbsite.territories.models import Territory
from sites_registry.versioned.pages import standing_still

#: No vowel and no look-alike: a code is read aloud on the phone and spells no word.
_CODE_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def new_code() -> str:
    """An opaque code for a site's address: eight characters, which say nothing of the place."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))


def code_from(digest: bytes) -> str:
    """The code that a digest stands for: drawn once, it can be found again."""
    number = int.from_bytes(digest, "big")
    return "".join(_CODE_LETTERS[number // len(_CODE_LETTERS) ** rank % len(_CODE_LETTERS)] for rank in range(8))


class RegistryPage(NeverRouted, Page):
    """The root of the registry; people read it at /sites/, which is a list of our own."""

    introduction = RichTextField("présentation", blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    parent_page_types = ["knowledge.HomePage"]
    subpage_types = ["sites_registry.DepartmentPage"]
    max_count = 1
    page_description = "Le registre des sites ; il contient une page par département."

    class Meta:
        verbose_name = "registre des sites"

    def permissions_for_user(self, user):
        return OwnVerbsTester(user, self)

    def serve(self, request, *args, **kwargs):
        return redirect(reverse("sites:list"))


class DepartmentPage(NeverRouted, Page):
    """One département of the registry: the parent of its sites."""

    territory = models.OneToOneField(Territory, models.PROTECT, related_name="+", verbose_name="département")

    content_panels = [*Page.content_panels, FieldPanel("territory", read_only=True)]
    parent_page_types = ["sites_registry.RegistryPage"]
    subpage_types = ["sites_registry.SitePage"]
    is_creatable = False  # made with the first site of the département
    page_description = "Un département du registre ; sa page naît avec son premier site."

    class Meta:
        verbose_name = "département du registre"
        verbose_name_plural = "départements du registre"

    def permissions_for_user(self, user):
        return OwnVerbsTester(user, self)

    def serve(self, request, *args, **kwargs):
        return redirect(f"{reverse('sites:list')}?territoire=departement-{self.territory.code}")


def plant_registry() -> RegistryPage:
    """Create the registry under the home: only signed-in people open it."""
    home = Site.objects.get(is_default_site=True).root_page
    registry = home.add_child(instance=RegistryPage(title="Sites", slug="sites"))
    PageViewRestriction.objects.create(page=registry, restriction_type=PageViewRestriction.LOGIN)
    return registry


def department_page_for(commune: Territory) -> DepartmentPage:
    """The page of the département of `commune`, made with its first site."""
    departement = commune.departement
    if departement is None:
        raise ValidationError({"commune": "Cette commune n’a pas de département : elle ne peut pas porter de site."})
    return DepartmentPage.objects.filter(territory=departement).first() or _new_department_page(departement)


@transaction.atomic
def _new_department_page(departement: Territory) -> DepartmentPage:
    standing_still(RegistryPage.objects.get().pk)
    if page := DepartmentPage.objects.filter(territory=departement).first():
        return page  # somebody else has made it meanwhile
    page = DepartmentPage(title=departement.label, slug=departement.code.lower(), territory=departement)
    RegistryPage.objects.get().add_child(instance=page)
    return page
