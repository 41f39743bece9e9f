"""Two people who answer at once: each form remembers the state that its author saw, and compares three answers.

What only the other one has changed is theirs; what both have changed is asked; nothing that was typed is lost.
"""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import QuerySet
from django.forms import BaseForm
from django.utils.text import Truncator

from rbsite.base.wording import moment_in_words

from ..sites.models.state import STATE_FIELDS
from ..sites.models.versions import SiteVersion

_Form: Any = BaseForm if TYPE_CHECKING else object
#: Longest answer of somebody else that a warning repeats, in characters.
_LONGEST_ANSWER = 200


def latest_state(site_id: int, *, lock: bool = False) -> SiteVersion | None:
    """The state of a site that holds today; with `lock`, whoever saves after us waits until we have saved."""
    if lock:
        pages = apps.get_model("sites_registry", "SitePage").objects
        list(pages.filter(pk=site_id).select_for_update(of=("self",)).values_list("pk"))
    return SiteVersion.objects.believed_now().filter(site=site_id, valid__upper_inf=True).first()


def state_seen(site_id: int, typed: str | None) -> SiteVersion | None:
    """The state that a form was opened on, from the number that it sends back; None for anything else."""
    if not typed or not typed.isascii() or not typed.isdigit():
        return None
    return SiteVersion.objects.filter(site=site_id, pk=typed).first()


def answer(version: SiteVersion, name: str) -> Any:
    """The answer to one question in a state, comparable with that of another state."""
    return version.children.get(name, []) if name == "incoming_sites" else getattr(version, name)


class ConcurrentAnswersMixin(_Form):
    """For a form on a site with a hidden field `base`; `base_version` is the state on which it was opened.

    Call `heed_others(cleaned)` at the end of `clean`.
    """

    base_version: SiteVersion | None = None

    def is_mine(self, name: str, cleaned: dict) -> bool:
        """Whether the person has answered otherwise than the state they saw."""
        raise NotImplementedError

    def heed_others(self, cleaned: dict, site_id: int) -> None:
        latest = latest_state(site_id, lock=True)
        if self.base_version is None or latest is None or latest.pk == self.base_version.pk:
            return
        mine = {name: self.is_mine(name, cleaned) for name in self._columns()}
        self.data = self.data.copy()  # type: ignore[has-type]  # Django is not typed
        for name, column in self._columns().items():
            theirs = answer(latest, column)
            if theirs == answer(self.base_version, column):
                continue
            if not mine[name]:
                self._show(name, cleaned, latest)
            elif name in cleaned and comparable(cleaned[name]) != theirs:
                self.add_error(name, self._conflict(column, latest))
        # Saving again means that the person has read what the others wrote: from now on that is what they saw.
        self.data[self.add_prefix("base")] = latest.pk

    def _columns(self) -> dict[str, str]:
        """Field of the form -> column of the state."""
        columns = {name: name for name in self.fields if name in STATE_FIELDS or name == "incoming_sites"}
        return columns | ({"coordinates": "point"} if "coordinates" in self.fields else {})

    def _show(self, name: str, cleaned: dict, latest: SiteVersion) -> None:
        """Put the others' answer where the person has not answered, on the screen and in what is saved."""
        value: Any
        if name == "incoming_sites":
            pages = apps.get_model("sites_registry", "SitePage").objects.filter(pk__in=answer(latest, name))
            cleaned[name] = list(pages)
            value = [page.pk for page in pages if page in self.fields[name].queryset]
        elif name == "coordinates":
            cleaned[name], value = latest.point, coordinates_text(latest)
        else:
            cleaned[name] = value = getattr(latest, name)
        if name in self.errors:
            del self.errors[name]
        field = self.fields[name]
        shown = field.widget.format_value(field.prepare_value(value))
        several = isinstance(shown, (list, tuple))
        self.data.setlist(self.add_prefix(name), list(shown) if several else ["" if shown is None else shown])

    def _conflict(self, column: str, latest: SiteVersion) -> str:
        """Who has answered, when and what, and how to go on."""
        from ..sites.wording import text_of  # it says the answers of pages, whose editor stands on this module

        who = latest.author.name_and_organisation if latest.author else "Quelqu’un"
        said = "changé cette réponse"  # the names of sites of origin may not be for this person
        if column != "incoming_sites":
            name = f"{column}_id" if column == "commune" else column
            names = {("commune", latest.commune_id): latest.commune.label}
            said = f"répondu « {Truncator(text_of(name, getattr(latest, name), names)).chars(_LONGEST_ANSWER)} »"
        when = moment_in_words(latest.recorded_at)
        return f"{who} a {said} le {when}. Vérifiez, puis enregistrez de nouveau pour garder la vôtre."


def coordinates_text(state) -> str:
    """The position of a state as it is typed: « 43.6045, 1.444 »; blank when nobody has placed the site."""
    return f"{state.latitude}, {state.longitude}" if state.point else ""


def comparable(value: Any) -> Any:
    """A cleaned value as `answer` gives it: sites by their numbers."""
    if isinstance(value, (list, tuple, QuerySet)):
        items = list(value)
        return sorted(item.pk for item in items) if items and hasattr(items[0], "pk") else items
    return value
