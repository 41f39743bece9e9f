"""Public pages."""

from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from rbsite.accounts.page_policy import PillarTester


class HomePage(Page):
    """The front door: what the platform is, what it is not, and how to come in."""

    lead = models.CharField("phrase d’accueil", max_length=250, blank=True)
    is_text = RichTextField("ce que la plateforme est", blank=True)
    is_not_text = RichTextField("ce que la plateforme n’est pas", blank=True)
    who_sees_text = RichTextField("qui voit quoi", blank=True)
    contact_email = models.EmailField("adresse de contact", blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("lead"),
        MultiFieldPanel(
            [FieldPanel("is_text"), FieldPanel("is_not_text"), FieldPanel("who_sees_text")], heading="Présentation"
        ),
        FieldPanel("contact_email"),
    ]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["knowledge.InfoPage", "sites_registry.RegistryPage"]
    max_count = 1
    page_description = "La page d’accueil publique."

    class Meta:
        verbose_name = "accueil"

    def permissions_for_user(self, user):
        return PillarTester(user, self)


class InfoPage(Page):
    """A public page of plain information: legal notice, accessibility, personal data."""

    body = RichTextField("texte", blank=True)

    show_in_menus_default = True  # the footer links to them

    content_panels = [*Page.content_panels, FieldPanel("body")]
    parent_page_types = ["knowledge.HomePage", "knowledge.InfoPage"]
    subpage_types = ["knowledge.InfoPage"]
    page_description = "Une page d’information publique."

    class Meta:
        verbose_name = "page d’information"
        verbose_name_plural = "pages d’information"
