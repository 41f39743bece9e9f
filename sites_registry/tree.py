"""Where sites stand in the page tree: their département's page, under the registry."""

from django.core.exceptions import ValidationError

from rbsite.territories.models import Territory

from .models import DepartmentPage, RegistryPage


def department_page_for(commune: Territory) -> DepartmentPage:
    """The page of the département of `commune`, made with its first site."""
    departement = commune.departement
    if departement is None:
        raise ValidationError({"commune": "Cette commune n’a pas de département : elle ne peut pas porter de site."})
    page = DepartmentPage.objects.filter(territory=departement).first()
    if page is None:
        page = DepartmentPage(title=departement.label, slug=departement.code.lower(), territory=departement)
        registry = RegistryPage.objects.get()
        registry.add_child(instance=page)
    return page
