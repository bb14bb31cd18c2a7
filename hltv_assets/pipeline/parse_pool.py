"""Pool of worker processes that parse pages: Python parses on one core, and parsing takes the time.

Even a single worker helps: loading rows, and reporting them to Dagster, then runs on another core.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain as concatenated

import msgspec

from hltv_assets.archive.store import PageStore
from hltv_assets.errors import HltvError
from hltv_assets.pages import PageKind
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pipeline.chain import PageChain, chain_of
from hltv_assets.pipeline.malloc import give_large_blocks_back
from hltv_assets.pipeline.parse import PageToParse, ParsedPage, parse_archived

# Large enough that handing over costs little, small enough that no worker is left with nothing to do at the end.
_PAGES_PER_TASK = 25

_PARSED = msgspec.msgpack.Decoder(list[ParsedPage])

Parser = Callable[[PageChain, Sequence[PageToParse]], Iterable[ParsedPage | PageFailure]]


class ParsingInterruptedError(HltvError):
    """A process that parses pages was killed."""


@contextmanager
def parse_pool(archive_location: str, count: int) -> Iterator[Parser]:
    """Open a pool of `count` processes that parse pages of an archive.

    A Celery worker may not start processes, so it parses in its own. The workers find a chain by its page kind. The
    parser raises as `parse_archived` does, and `ParsingInterruptedError` if one of the processes is killed.
    """
    if multiprocessing.current_process().daemon:
        archive = PageStore(archive_location)
        give_large_blocks_back()
        yield lambda chain, pages: (parse_archived(page, chain, archive) for page in pages)
        return
    # A process that is forked off one with threads, as DuckDB has, may hang; a new one does not.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_prepare) as pool:
        try:
            yield lambda chain, pages: concatenated.from_iterable(
                [*_PARSED.decode(pages_of_task), *failures]
                for pages_of_task, failures in pool.map(
                    partial(_parse_in_worker, archive_location, chain.kind),
                    [pages[start : start + _PAGES_PER_TASK] for start in range(0, len(pages), _PAGES_PER_TASK)],
                )
            )
        except BrokenProcessPool:
            raise ParsingInterruptedError(
                "a process that parses pages was killed, possibly out of memory; what is loaded stays loaded: run it "
                "again, with fewer workers if need be"
            ) from None


def _prepare() -> None:
    # Ctrl-C goes to all processes of a terminal: the one that began this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_large_blocks_back()


def _parse_in_worker(
    archive_location: str, kind: PageKind, pages: Sequence[PageToParse]
) -> tuple[bytes, Sequence[PageFailure]]:
    """Parse pages, and return those that could be parsed as `_PARSED` takes them: seven times faster than pickled."""
    archive, chain = _archive_at(archive_location), chain_of(kind)
    parsed = [parse_archived(page, chain, archive) for page in pages]
    return (
        msgspec.msgpack.encode([one for one in parsed if isinstance(one, ParsedPage)]),
        [one for one in parsed if isinstance(one, PageFailure)],
    )


@lru_cache(maxsize=1)
def _archive_at(location: str) -> PageStore:
    """The archive, kept with the dictionaries that it has loaded: loading one takes as long as parsing a page."""
    return PageStore(location)
