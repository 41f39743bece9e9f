"""What the registry adds to Wagtail's editor."""

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks


@hooks.register("insert_editor_js")
def conditional_questions() -> str:
    """Questions appear in the editor when they apply, by the same module as in our own forms."""
    return format_html('<script type="module" src="{}"></script>', static("rb/js/editor.js"))
