"""Panels of the editor that know the rules of a state."""

from wagtail.admin.panels import FieldPanel

from .questions import RelevantWhen


def question(name: str, table: RelevantWhen, **kwargs) -> FieldPanel:
    """A field that shows only when its question applies, as the server will keep it."""
    return FieldPanel(name, **when_relevant(name, table, kwargs))


def when_relevant(name: str, table: RelevantWhen, kwargs: dict) -> dict:
    """Arguments of a panel, with what tells the browser when its question applies."""
    if name in table:
        kwargs.setdefault("attrs", {})["data-rb-when"] = table[name].spec
    return kwargs


class ChildAnswerPanel(FieldPanel):
    """Objects that not everybody may read, left out of comparisons of revisions: those would name them all."""

    class BoundPanel(FieldPanel.BoundPanel):
        def get_comparison(self):
            return []
