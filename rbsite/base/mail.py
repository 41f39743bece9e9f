"""Mail of the demo: files that whoever runs it can open, instead of messages that leave the machine."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmlFileBackend(BaseEmailBackend):
    """Writes each mail as one `.eml` file of `settings.EML_DIR`, which it creates; names sort by hour of sending.

    Mails hold links that open accounts: only the account that runs the demo reads them, whatever its umask.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Return the number of mails written; a mail without recipient is skipped, as by SMTP."""
        folder = Path(settings.EML_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # a folder of before, or one that a umask left closed to us
        messages = [message for message in email_messages if message.recipients()]
        for message in messages:
            name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}"
            draft = folder / f".{name}.part"
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.message().as_bytes(linesep="\r\n"))
            os.replace(draft, folder / f"{name}.eml")  # a reader never meets half a mail
        return len(messages)
