"""The cool-down: after a block no run asks the site, for longer each time.

It lies among the states of the site, is read before every request, and ends by itself; the
first page that arrives after it ends the row of blocks.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from hltv_assets.site.state_store import States

_LONGEST = timedelta(days=1)
_MAX_DOUBLINGS = 17  # of a second make more than a day
_SKEW = timedelta(hours=1)  # by which the clocks of those who ask may differ, or one may be set back


Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class CoolDown(msgspec.Struct, frozen=True, kw_only=True):
    """The latest block, and until when nobody asks because of it."""

    blocked_at: Moment
    until: Moment
    blocks_in_a_row: int
    reason: str

    def is_under_way(self, now: datetime) -> bool:
        """Return whether nobody may ask; not if it ends later than any can: the clock was ahead when it began."""
        return now < self.until <= now + _LONGEST + _SKEW


def after_block(
    earlier: CoolDown | None, *, now: datetime, first: timedelta, at_least: timedelta, reason: str
) -> CoolDown:
    """Return the cool-down that a block begins: `first`, doubled for each block before it in the row, a day at most.

    It is never shorter than the one before in the row. `at_least` is what the site itself asks for. A block of a
    request that was under way when another one began a cool-down is the same block: it may lengthen the cool-down, it
    does not count again.
    """
    if earlier is not None and earlier.is_under_way(now):
        latest_end = earlier.blocked_at + _LONGEST
        return msgspec.structs.replace(earlier, until=max(earlier.until, min(now + at_least, latest_end)))
    blocks = earlier.blocks_in_a_row + 1 if earlier else 1
    before = earlier.until - earlier.blocked_at if earlier else timedelta()
    wait = max(first * 2 ** min(blocks - 1, _MAX_DOUBLINGS), before, at_least)
    until = now + min(wait, _LONGEST)
    return CoolDown(blocked_at=now, until=until, blocks_in_a_row=blocks, reason=reason)


class CoolDowns:
    """The cool-down of the site whose states these are; `first` is the length of the first one of a row."""

    def __init__(self, states: States, first: timedelta) -> None:
        self._kept = states.state("cool-down", CoolDown)
        self._first = first

    def latest(self) -> CoolDown | None:
        """Return the latest cool-down, over or not; None if no block stands."""
        return self._kept.read()

    def current(self) -> CoolDown | None:
        """Return the cool-down under way, or None."""
        latest = self.latest()
        return latest if latest is not None and latest.is_under_way(datetime.now(UTC)) else None

    def begin(self, reason: str, *, at_least: timedelta = timedelta()) -> CoolDown | None:
        """Begin a cool-down after a block, in the words of `reason`."""
        now = datetime.now(UTC)
        return self._kept.change(
            lambda earlier: after_block(earlier, now=now, first=self._first, at_least=at_least, reason=reason)
        )

    def page_arrived(self, asked_at: datetime) -> None:
        """End the row of blocks, if a page arrived that was asked for after the latest of them."""
        latest = self.latest()
        if latest is not None and not latest.is_under_way(asked_at):
            self._kept.change(lambda now: now if now is not None and now.is_under_way(asked_at) else None)

    def end(self) -> bool:
        """Forget the cool-down and the row of blocks; return whether there was one."""
        had_one = self.latest() is not None
        self._kept.change(lambda _: None)
        return had_one
