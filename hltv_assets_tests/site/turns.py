"""A site whose pages answer differently each time they are asked for, and answers that more than one test gives."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Lock

from testkit.asking import AT_MOST, BLOCKED, RATE_LIMITED
from testkit.loopback_site import Answer, LoopbackSite

# What a page answers at one of its turns: an answer, or the error by which the site hangs up.
Turn = Answer | ConnectionError

HANG_UP = ConnectionResetError("the site hangs up")
# Says nothing for longer than the read time-out of a test that uses it; its body is not a page.
SILENT = Answer(b"x", rest=3.0)
# For one who asks a site that is silent, but also answers: a loaded machine is slow.
READ_TIMEOUT = 2.0
CHALLENGE = replace(BLOCKED, status=200)


def rate_limited(retry_after: object) -> Answer:
    """Return a 429 that says when to come again."""
    return replace(RATE_LIMITED, headers={"retry-after": str(retry_after)})


def unavailable(retry_after: object) -> Answer:
    """Return a 503 that says when to come again."""
    return Answer(b"later", status=503, headers={"retry-after": str(retry_after)})


@contextmanager
def silence(site: LoopbackSite) -> Iterator[None]:
    """Let a site answer no page until the end of the block."""
    is_over = Event()

    def hold(_: str) -> None:
        is_over.wait(AT_MOST)

    site.before_answer = hold
    try:
        yield
    finally:
        is_over.set()


def answer_in_turn(site: LoopbackSite, turns: Mapping[int, Sequence[Turn]]) -> None:
    """Let each map page answer by its turns, one request after the other; the last turn stays."""
    left = {mapstatsid: list(of_page) for mapstatsid, of_page in turns.items()}
    lock = Lock()

    def take_turn(path: str) -> None:
        mapstatsid = int(path.split("/")[4])
        with lock:
            of_page = left[mapstatsid]
            turn = of_page.pop(0) if len(of_page) > 1 else of_page[0]
        if isinstance(turn, ConnectionError):
            raise turn
        site.publish(mapstatsid, turn)

    site.before_answer = take_turn
