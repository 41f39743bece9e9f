from django.db import transaction
from django.utils import timezone
from wagtail.management.commands import publish_scheduled
from wagtail.models import Page, Revision


class Command(publish_scheduled.Command):
    """Wagtail's command, all or nothing: a page that goes live and its version in the history are written together.

    The pages are locked first, so that what somebody saves meanwhile (a closing) waits and is not undone.
    """

    @transaction.atomic
    def handle(self, *args, **options):
        due = Revision.page_revisions.filter(approved_go_live_at__lt=timezone.now()).values_list("object_id", flat=True)
        list(Page.objects.filter(pk__in=[int(key) for key in due]).order_by("pk").select_for_update().values_list("pk"))
        super().handle(*args, **options)
