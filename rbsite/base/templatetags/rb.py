"""Words, dates, numbers and components for templates: `{% load rb %}`."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from rbsite.base.forms import dress
from rbsite.base.menu import MENU
from rbsite.base.page_sections import SectionPart
from rbsite.base.registry import Part
from rbsite.base.wording import age, day_in_words, freshness_of, moment_in_words, number, plural, yes_no_unknown

register = template.Library()
register.filter("yes_no_unknown", yes_no_unknown)
register.filter("fr_number", number)
register.filter("moment", moment_in_words)
register.simple_tag(plural)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of `static/rb/icons.svg`; silent for screen readers unless `label` says it. `size`: sm, lg or xl."""
    css = f"rb-icon rb-icon--{size}" if size else "rb-icon"
    use = format_html('<use href="{}#{}"></use>', static("rb/icons.svg"), name)
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}">{}</svg>', css, label, use)
    return format_html('<svg class="{}" aria-hidden="true" focusable="false">{}</svg>', css, use)


@register.filter
def ago(value: date | datetime | None) -> str:
    """« aujourd’hui », « hier », « il y a 3 jours », « il y a 4 mois »; « date inconnue » without a date."""
    return age(value, timezone.localdate()) if value else "date inconnue"


@register.filter
def day(value: date | datetime | None, format: str = "j F Y") -> str:
    """« 2 avril 2026 », « 1er avril 2026 »; `format` as for Django's `date`; an empty text without a date."""
    return day_in_words(value, format) if value else ""


@register.simple_tag
def when(value: date | datetime | None) -> str:
    """The age of a date, with the full date in `title` and in `datetime`."""
    if not value:
        return "date inconnue"
    full = day_in_words(value)
    if isinstance(value, datetime):
        full = moment_in_words(value)
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, ago(value))


@register.inclusion_tag("components/freshness.html")
def freshness(value: date | datetime | None) -> dict:
    """Tag of the age of a site's last update."""
    state, words = freshness_of(value, timezone.localdate())
    return {"state": state, "words": words, "date": value}


@register.inclusion_tag("components/main_menu.html", takes_context=True)
def main_menu(context: template.Context, place: str = "header", plain: bool = False) -> dict:
    """The entries that the reader may use; `place` is header, bar (phones) or more (under « Plus »).

    `plain` marks no entry as current: an error page must not depend on the address that was asked.
    """
    request: HttpRequest | None = context.get("request")
    entries = MENU.entries_for(request)
    current = None
    if request is not None and not plain:
        current = max((e for e in entries if e.matches(request.path)), key=lambda e: len(e.path), default=None)
    if place == "bar":
        entries = [entry for entry in entries if entry.on_phone_bar]
    elif place == "more":
        entries = [entry for entry in entries if not entry.on_phone_bar]
    else:
        entries = [entry for entry in entries if entry.in_header]
    return {"entries": entries, "current": current, "place": place}


@register.filter
def dressed(form):
    """The form of the sign-in library with our widgets, without the placeholders and the link that repeat ours."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name == "password":
            field.help_text = ""
    return dress(form)


@register.filter
def first_input_id(field) -> str:
    """Id of the first input of a bound field, for the links of an error summary."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def as_forms(value) -> list:
    """A form, or a list of forms, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value] if value else []


@register.filter
def has_errors(forms: list) -> bool:
    """Whether one of the bound `forms` was refused."""
    return any(form.is_bound and form.errors for form in forms)


@register.filter
def page_range(page: Page) -> list[int | None]:
    """Numbers of the pages to offer around `page`; None stands for a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


@register.filter
def page_menu(parts: list[SectionPart]) -> list[tuple[str, str]]:
    """(title, anchor) of the sections of a page, for its menu."""
    return [(part.section.title, part.section.key) for part in parts]


@register.filter
def at(items: list, index: int) -> Any:
    """The item at `index`, or an empty text past the end."""
    return items[index] if index < len(items) else ""


@register.filter
def said(value: Any) -> str:
    """A value of any kind as people say it: numbers with spaces, answers in words, nothing as « inconnu »."""
    if isinstance(value, bool):
        return yes_no_unknown(value).lower()
    if value is None or value == "" or isinstance(value, (int, float, Decimal)):
        return number(value)
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "inconnu"
    return str(value)


class WrapNode(template.Node):
    """`{% wrap "card" title="…" %}…{% endwrap %}`: a component whose content is written in place."""

    def __init__(self, name: FilterExpression, options: dict[str, FilterExpression], body: NodeList):
        self.name = name
        self.options = options
        self.body = body

    def render(self, context: template.Context) -> str:
        options = {key: value.resolve(context) for key, value in self.options.items()}
        body = self.body.render(context)
        component = context.template.engine.get_template(f"components/{self.name.resolve(context)}.html")
        with context.push(body=mark_safe(body), **options):
            return component.render(context)


@register.simple_tag(takes_context=True)
def show(context: template.Context, part: Part) -> str:
    """A piece of the page that a room registered, which sees what the page sees besides its own."""
    shown = context.template.engine.get_template(part.template)
    with context.push(part.context):
        return shown.render(context)


@register.simple_tag
@lru_cache(maxsize=512)
def theme_status(theme: str, label: str, status: str, word: str, compact: bool = False) -> SafeString:
    """The component of the same name: a list of sites shows it a hundred times with the same few values."""
    context = {"theme": theme, "label": label, "status": status, "word": word, "compact": compact}
    return render_to_string("components/theme_status.html", context)


@register.simple_tag
def trail(*steps: str) -> list[tuple[str, str | None]]:
    """A breadcrumb from the home to this page: `{% trail "Sites" "/sites/" "Exporter" as steps %}` (labels, paths)."""
    labels, paths = steps[0::2], [*steps[1::2], None]
    return [("Accueil", "/tableau-de-bord/"), *zip(labels, paths, strict=True)]


@register.tag
def wrap(parser: Parser, token: Token) -> WrapNode:
    """Compile `{% wrap "component" variable=value … %}`; the content reaches the component as `body`."""
    _tag, name, *rest = token.split_contents()
    options = token_kwargs(rest, parser)
    if rest:
        raise template.TemplateSyntaxError("wrap takes a component's name, then only variable=value.")
    body = parser.parse(("endwrap",))
    parser.delete_first_token()
    return WrapNode(parser.compile_filter(name), options, body)
