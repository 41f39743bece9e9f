"""Following a site: pinning it for oneself, saying that one works on it."""

from rbsite.accounts.enums import Feature
from rbsite.accounts.models import User
from rbsite.accounts.permissions import require
from rbsite.base.waiting import verb

from ..models import Intervention, Pin, SitePage


@verb
def pin_site(site: SitePage, *, by: User) -> None:
    """Keep `site` at hand for `by`, who may read it; harmless when it is already pinned."""
    require(by, Feature.SITE_READ, _as_it_is(site))
    Pin.objects.get_or_create(user=by, site=site)


@verb
def unpin_site(site: SitePage, *, by: User) -> None:
    """Take `site` away from the pins of `by`."""
    Pin.objects.of(by).filter(site=site).delete()


@verb
def start_intervening(site: SitePage, *, by: User) -> None:
    """Tell the readers of `site` that `by` works on it; raises PermissionDenied without `site.intervene`."""
    require(by, Feature.SITE_INTERVENE, _as_it_is(site))
    Intervention.objects.get_or_create(user=by, site=site)


@verb
def stop_intervening(site: SitePage, *, by: User) -> None:
    """`by` no longer works on `site`: one may always take back one's own word."""
    Intervention.objects.of(by).filter(site=site).delete()


def _as_it_is(site: SitePage) -> SitePage:
    """The stored row: somebody may have deleted the site, or moved it, since it was read."""
    return SitePage.objects.with_places().get(pk=site.pk)
