"""What did not come at once but may: which requests are made again, after how long, and how often."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, stop_before_delay, wait_exponential_jitter

from hltv_assets.pages import Outcome

_MAX_WAIT = 60.0
_A_DAY = 86_400.0


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a page is tried in one run; times in seconds.

    `tries` requests at the most, the first pause about `first_wait`, each next one twice as long, and no try begins
    after `longest` altogether. The site may ask for pauses of up to `max_pause`.
    """

    tries: int
    first_wait: float
    longest: float
    max_pause: float


class TryError(Exception):
    """A request that did not bring what was asked for.

    `may_pass`: whether the same request is worth making again at once. `pause` is how long the site asks to be left
    alone, in seconds; None if it does not.
    """

    def __init__(self, outcome: Outcome, message: str, *, may_pass: bool = False, pause: float | None = None) -> None:
        super().__init__(outcome, message)
        self.outcome = outcome
        self.message = message
        self.may_pass = may_pass
        self.pause = pause


def tries(patience: Patience) -> AsyncRetrying:
    """Return the loop of tries for one page; the last `TryError` is raised when it gives up."""
    exponential = wait_exponential_jitter(multiplier=patience.first_wait, max=_MAX_WAIT, jitter=patience.first_wait)
    rate_limits = 0

    def is_worth_another(state: RetryCallState) -> bool:
        nonlocal rate_limits
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, TryError):
            return False
        rate_limits += error.outcome is Outcome.RATE_LIMITED
        return error.may_pass and rate_limits <= 1

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        pause = error.pause if isinstance(error, TryError) else None
        return max(exponential(state), pause or 0.0)

    return AsyncRetrying(
        retry=is_worth_another,
        wait=wait,
        stop=stop_after_attempt(patience.tries) | stop_before_delay(patience.longest),
        reraise=True,
    )


def asked_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` asks for, given as such or as a date; None if there is none to read.

    `headers` by lower-case name. A day at the most, whatever the site says.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return min(float(value), _A_DAY)
    try:
        until = parsedate_to_datetime(value)
        pause = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, pause.total_seconds()), _A_DAY)
