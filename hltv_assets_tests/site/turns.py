"""A site whose pages answer differently each time they are asked for, and answers that more than one test gives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock

from testkit.asking import BLOCKED, RATE_LIMITED
from testkit.loopback_site import Answer, LoopbackSite

# What a page answers at one of its turns: an answer, or the error by which the site hangs up.
Turn = Answer | ConnectionError

HANG_UP = ConnectionResetError("the site hangs up")
# Says nothing for longer than the read time-out of a test that uses it; as a page it is none.
SILENT = Answer(b"x", rest=0.4)
READ_TIMEOUT = 0.15
CHALLENGE = replace(BLOCKED, status=200)


def rate_limited(retry_after: object) -> Answer:
    """Return a 429 that says when to come again."""
    return replace(RATE_LIMITED, headers={"retry-after": str(retry_after)})


def unavailable(retry_after: object) -> Answer:
    """Return a 503 that says when to come again."""
    return Answer(b"later", status=503, headers={"retry-after": str(retry_after)})


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
