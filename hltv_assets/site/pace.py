"""The pace at which a site is asked: never more than one start in a while, whoever asks.

The time of the latest start lies among the states of the site, so that threads, runs and processes share one pace.
Whoever wants to ask books the next free start and waits for it outside of the lock: a process that is killed blocks
nobody, it only wastes the start that it booked. A site that says it is asked too fast is asked half as fast at once,
and then a little faster with every page that arrives.
"""

import asyncio
import random
import time
from typing import Annotated

import msgspec

from hltv_assets.site.state_store import States

_JITTER = 0.05  # of the delay, at the most
_MAX_QUEUE = 3_600.0  # seconds
_MAX_QUEUED = 100  # starts; more than all who may ask at once
_MAX_DELAY = 60.0  # seconds; a longer one is only kept if it was asked for
_SLOWER = 2.0
_MAX_SLOWDOWN = 1e6
_RECOVERY = 0.95  # per page that arrives: some 14 pages until a doubled delay is the usual one again


class PaceState(msgspec.Struct, frozen=True):
    """Times in seconds since 1970; `slowdown` is what the delay is multiplied by, 1 or more."""

    latest_start: float = 0.0
    slowdown: Annotated[float, msgspec.Meta(ge=1.0, le=_MAX_SLOWDOWN)] = 1.0
    not_before: float = 0.0


class Pace:
    """One start in `delay` seconds, plus up to 5 % of it, kept for all who share the site's states."""

    def __init__(self, states: States, delay: float) -> None:
        self._kept = states.state("pace", PaceState)
        self._delay = delay

    async def wait_for_turn(self) -> None:
        """Return when the next request may start."""
        due = await self._book_a_turn()
        while (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
            # The site may have asked for a pause in the meantime.
            if (await asyncio.to_thread(self._state)).not_before > time.time():
                due = await self._book_a_turn()

    async def _book_a_turn(self) -> float:
        """Book the next free start, and return it by the clock that nobody sets."""
        start = await asyncio.to_thread(self.book)
        return time.monotonic() + start - time.time()

    def book(self) -> float:
        """Book the next free start and return its time (seconds since 1970); raises `OSError` if it cannot be kept.

        A booked time so far ahead that no queue explains it (the clock was set back) counts as none.
        """
        if not self._delay:
            return self._state().not_before
        start = 0.0

        def book_next(state: PaceState | None) -> PaceState:
            nonlocal start
            state = state or PaceState()
            start = self._next_start(state, time.time())
            return msgspec.structs.replace(state, latest_start=start)

        self._kept.change(book_next)
        return start

    def slow_down(self, pause: float) -> None:
        """Double the delay from now on, and let nobody start for `pause` seconds: the site said it is too much."""
        most = max(_MAX_DELAY / self._delay, 1.0) if self._delay else 1.0
        not_before = time.time() + pause

        def slower(state: PaceState | None) -> PaceState:
            state = state or PaceState()
            return msgspec.structs.replace(
                state,
                # One who usually asks faster, or without a delay, does not take back what another has learned.
                slowdown=max(state.slowdown, min(state.slowdown * _SLOWER, most, _MAX_SLOWDOWN)),
                not_before=max(state.not_before, not_before) if pause else state.not_before,
            )

        self._kept.change(slower)

    def recover(self) -> None:
        """Let the delay become a little shorter again, if it was doubled: a page arrived."""
        if self._state().slowdown > 1.0:
            self._kept.change(_a_little_faster)

    def _state(self) -> PaceState:
        state = self._kept.read() or PaceState()
        is_far_ahead = state.not_before > time.time() + _MAX_QUEUE
        return msgspec.structs.replace(state, not_before=0.0) if is_far_ahead else state

    def _next_start(self, state: PaceState, now: float) -> float:
        slowed = min(self._delay * state.slowdown, max(_MAX_DELAY, self._delay))
        gap = slowed * (1 + random.uniform(0, _JITTER))  # noqa: S311 - irregular, not secret
        is_far_ahead = state.latest_start > now + max(_MAX_QUEUE, _MAX_QUEUED * gap)
        latest = now if is_far_ahead else state.latest_start
        not_before = state.not_before if state.not_before <= now + _MAX_QUEUE else now
        return max(now, latest + gap, not_before)


def _a_little_faster(state: PaceState | None) -> PaceState:
    state = state or PaceState()
    return msgspec.structs.replace(state, slowdown=max(1.0, state.slowdown * _RECOVERY))
