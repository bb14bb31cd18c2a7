"""Who reads pages: processes beside this one, since Python parses on one core and parsing takes the time.

Also if it is only one: what writes rows, and tells Dagster of them, then does not take turns with it on one core.
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
from hltv_assets.pipeline.chain import PageChain, chain_of
from hltv_assets.pipeline.malloc import give_large_blocks_back
from hltv_assets.pipeline.parse import PageToRead, ReadPage, read_page
from hltv_assets.warehouse.failures import PageFailure

# Large enough that handing over costs little, small enough that no reader is left with nothing to do at the end.
_PAGES_AT_ONCE = 25

_READ = msgspec.msgpack.Decoder(list[ReadPage])

Reader = Callable[[PageChain, Sequence[PageToRead]], Iterable[ReadPage | PageFailure]]


class ParsingInterruptedError(HltvError):
    """A process that parses pages was killed."""


@contextmanager
def readers(archive_location: str, count: int) -> Iterator[Reader]:
    """Open what reads pages of an archive: so many processes; in a worker of Celery that worker, which may start none.

    What a page kind is read by is known there by its kind, so only the chains of this version can be read. The reader
    raises as `read_page` does. If one of the processes is killed, `ParsingInterruptedError` is raised.
    """
    if multiprocessing.current_process().daemon:
        archive = PageStore(archive_location)
        give_large_blocks_back()
        yield lambda chain, pages: (read_page(page, chain, archive) for page in pages)
        return
    # A process that is forked off one with threads, as DuckDB has, may hang; a new one does not.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_prepare) as pool:
        try:
            yield lambda chain, pages: concatenated.from_iterable(
                [*_READ.decode(read), *failures]
                for read, failures in pool.map(
                    partial(_read_beside, archive_location, chain.kind),
                    [pages[start : start + _PAGES_AT_ONCE] for start in range(0, len(pages), _PAGES_AT_ONCE)],
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


def _read_beside(
    archive_location: str, kind: PageKind, pages: Sequence[PageToRead]
) -> tuple[bytes, Sequence[PageFailure]]:
    """Read pages, and return those that could be read as `_READ` takes them: seven times faster than pickled."""
    archive, chain = _archive_at(archive_location), chain_of(kind)
    read = [read_page(page, chain, archive) for page in pages]
    return (
        msgspec.msgpack.encode([one for one in read if isinstance(one, ReadPage)]),
        [one for one in read if isinstance(one, PageFailure)],
    )


@lru_cache(maxsize=1)
def _archive_at(location: str) -> PageStore:
    """The archive, kept with the dictionaries that it has read: to read one again takes as long as to parse a page."""
    return PageStore(location)
