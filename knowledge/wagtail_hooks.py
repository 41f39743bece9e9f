"""What the editor of public pages offers: links between public pages, and no file until uploads are cleaned."""

from wagtail import hooks
from wagtail.admin.rich_text.converters.contentstate import link_entity
from wagtail.admin.rich_text.converters.html_to_contentstate import ExternalLinkElementHandler, PageLinkElementHandler
from wagtail.models import Page
from wagtail.rich_text.pages import PageLinkHandler

from rbsite.accounts.page_policy import content_pages, is_protected

_WITHOUT_DOOR = {"image", "embed", "document-link"}


class ContentLinkHandler(PageLinkHandler):
    """A link to a protected page, typed by its number, leads nowhere: its address would tell the place of a site."""

    @classmethod
    def get_many(cls, attrs_list: list[dict]) -> list[Page | None]:
        return [page if page and not is_protected(type(page)) else None for page in super().get_many(attrs_list)]


class ContentLinkElementHandler(PageLinkElementHandler):
    """The same, for what the editor reads back."""

    def get_attribute_data(self, attrs: dict) -> dict:
        if content_pages().filter(pk=attrs["id"]).exists():
            return super().get_attribute_data(attrs)
        return {"id": int(attrs["id"]), "url": None, "parentId": None}


@hooks.register("register_rich_text_features", order=1000)
def only_content_links(features) -> None:
    features.default_features = [name for name in features.default_features if name not in _WITHOUT_DOOR]
    features.register_link_type(ContentLinkHandler)
    features.register_converter_rule(
        "contentstate",
        "link",
        {
            "from_database_format": {
                "a[href]": ExternalLinkElementHandler("LINK"),
                'a[linktype="page"]': ContentLinkElementHandler("LINK"),
            },
            "to_database_format": {"entity_decorators": {"LINK": link_entity}},
        },
    )
