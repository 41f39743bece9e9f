"""What others may listen to."""

from django.dispatch import Signal

#: Sent once a batch by `history.record_states`, in its transaction, by the type of version, with `versions` (their keys
#: set), `kind` and `author`. What leaves the database (mails, files) waits for the commit.
state_recorded = Signal()
