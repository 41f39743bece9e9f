"""A history kept naively: what is believed of each probed moment, one by one, as each statement is made.

Works on plain values alone. `Pointwise.told[known][probe]` is what was believed of `probe` once `known` statements were
made.
"""

from datetime import datetime
from typing import Any

OPEN = {"status": "open", "closed_at": None}
State = dict[str, Any]


class Pointwise:
    """The states of one site at the moments `probes`, after each statement."""

    def __init__(self, probes: list[datetime], start: datetime, first: State):
        self.probes = probes
        #: Moment -> what is believed now; moments before the first statement have nothing.
        self.now: dict[datetime, State | None] = {probe: dict(first) if probe >= start else None for probe in probes}
        self.seen = {start}
        #: Those at which somebody said more than that it was closed.
        self.sightings = {start}
        #: (moment, answer): what was decided or done, which nobody saw.
        self.followed: list[tuple[datetime, str]] = []
        self.first, self.last = dict(first), dict(first)
        self.closing: datetime | None = None
        #: What was believed, and seen, before the present closing was said.
        self.beneath, self.seen_beneath = self._copy(), set(self.seen)
        self.told = [self._copy()]
        #: The statements as they were made, for whoever must understand a difference.
        self.made: list[tuple] = [("first", start, first)]

    def _copy(self) -> dict[datetime, State | None]:
        return {probe: None if state is None else dict(state) for probe, state in self.now.items()}

    def _keep(self, *statement: Any) -> None:
        self.told.append(self._copy())
        self.made.append(statement)

    @property
    def situation(self) -> datetime:
        """The last moment from which somebody saw the site."""
        return max(self.seen)

    def state_at(self, moment: datetime) -> State:
        """What is believed of a moment that is probed; before all that is known, the first state."""
        earlier = [probe for probe in self.probes if probe <= moment and self.now[probe] is not None]
        return dict(self.now[max(earlier)] or {}) if earlier else dict(self.first)

    def see(self, at: datetime, changes: State) -> None:
        """Somebody saw the site at `at`; the answers hold until the next moment at which somebody did."""
        is_present = at >= self.situation
        base = dict(self.first) if at < min(self.seen) else None
        until = min((moment for moment in self.seen if moment > at), default=None)
        latest = max((moment for moment, _name in self.followed if moment > at), default=at)
        kept = [(moment, name) for moment, name in self.followed if moment > at and self._begins(name, moment)]
        for probe in self.probes:
            if probe < at or (until is not None and probe >= until):
                continue
            state = self.now[probe] = dict(base) if base is not None else self.now[probe]
            for name, value in changes.items():
                is_kept = any(moment <= probe and name == other for moment, other in kept)
                if not is_kept or (is_present and probe >= latest):
                    state[name] = value
        if at <= min(self.seen):
            self.first |= changes
        if is_present:
            self.last |= changes
        self.seen.add(at)
        self.sightings.add(at)
        self._keep("see", at, changes)

    def _begins(self, name: str, moment: datetime) -> bool:
        """Whether the answer `name` changes at `moment`, as is believed now."""
        after = min(probe for probe in self.probes if probe >= moment)
        return self.state_at(moment)[name] != self.state_at(after)[name]

    def follow(self, at: datetime, changes: State) -> None:
        """Something is decided or done at `at`, the present."""
        for probe in self.probes:
            if probe >= at:
                self.now[probe] |= changes  # type: ignore[operator]  # the present is known
        self.followed += [(at, name) for name, value in changes.items() if self.last.get(name) != value]
        self.last |= changes
        self._keep("follow", at, changes)

    def close(self, start: datetime, closing: State) -> None:
        """The site closed at `start`, whatever was said of later days."""
        if self.closing is None:
            self.beneath, self.seen_beneath = self._copy(), set(self.seen)
        for probe in self.probes:
            if probe >= start:
                self.now[probe] = (self.now[probe] or dict(self.first)) | closing
        self.closing = start
        self.last |= closing
        self.seen.add(start)
        self._keep("close", start, closing)

    def correct(self, start: datetime | None, closing: State) -> None:
        """The closing was of another day, or had another cause."""
        former = self.closing
        assert former is not None
        start = start or former
        for probe in self.probes:
            if former <= probe < start:
                self._uncover(probe)
        again = {moment for moment in self.seen_beneath if former <= moment < start}
        for day in [moment for moment in self.seen - self.sightings - again if moment >= min(former, start)]:
            self._withdraw(day)
        self.seen |= again
        self.close(start, closing)

    def _uncover(self, probe: datetime) -> None:
        """A day is what it would be without the closing; nothing is known of one of which nobody had spoken."""
        before = self.beneath[probe]
        if before is not None:
            self.now[probe] = (self.now[probe] or {}) | {name: before[name] for name in OPEN}
        elif probe < min(self.sightings):
            self.now[probe] = None
        else:
            self.now[probe] = (self.now[probe] or {}) | OPEN

    def _withdraw(self, day: datetime) -> None:
        """Nobody saw the site on that day; the answers that begin there were said of the days after it, and stay."""
        self.followed += [(day, name) for name in self.last if name not in OPEN and self._begins(name, day)]
        self.seen.discard(day)

    def reopen(self, at: datetime) -> None:
        """The site is open again from `at`, the present."""
        self.closing = None
        self.see(at, dict(OPEN))
