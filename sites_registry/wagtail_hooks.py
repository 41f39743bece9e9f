"""What the registry adds to Wagtail's editor."""

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks

from .models import SitePage


@hooks.register("insert_editor_js")
def conditional_questions() -> str:
    """Questions appear in the editor when they apply, by the same module as in our own forms."""
    return format_html('<script type="module" src="{}"></script>', static("rb/js/editor.js"))


@hooks.register("construct_page_action_menu")
def publish_first(menu_items, request, context) -> None:
    """« Publier » is the first button of a site: an unpublished draft is an update that nobody sees."""
    if isinstance(context.get("page"), SitePage):
        menu_items.sort(key=lambda item: item.name != "action-publish")
