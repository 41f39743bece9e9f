"""Mail of the demo: files that anybody can open, instead of messages that leave the machine."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmlFileBackend(BaseEmailBackend):
    """Writes each mail as one `.eml` file of `settings.EML_DIR`, which it creates; names sort by hour of sending."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Return the number of mails written; a mail without recipient is skipped, as by SMTP."""
        folder = Path(settings.EML_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        messages = [message for message in email_messages if message.recipients()]
        for message in messages:
            name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}"
            draft = folder / f".{name}.part"
            draft.write_bytes(message.message().as_bytes(linesep="\r\n"))
            os.replace(draft, folder / f"{name}.eml")  # a reader never meets half a mail
        return len(messages)
