"""Reading many batches again out of the archive: large transactions, and parsing on all cores.

What one batch at a time does in a run of Dagster each, this does in one go, with the same functions and the same rows
at the end. It fetches nothing. What was written stays written if it is cut off; the next one goes on from there.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

import msgspec

from hltv_assets.archive.errors import ManifestError
from hltv_assets.archive.manifest import ManifestEntry, load_manifest, manifest_folder
from hltv_assets.archive.store import PageStore
from hltv_assets.pipeline.chain import PageChain
from hltv_assets.pipeline.load import load_pages
from hltv_assets.pipeline.parse import PageToRead, ReadPage, take_note
from hltv_assets.pipeline.parse_pool import Reader
from hltv_assets.warehouse.batch_lock import BatchLocks
from hltv_assets.warehouse.batch_members import match_and_number
from hltv_assets.warehouse.batches import batch_sizes
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import PageFailure, RetryPolicy
from hltv_assets.warehouse.pages_to_parse import PageVersion, pages_to_read

# As many pages as a transaction takes before its costs, which are the same for one and for all, no longer count.
_PAGES_A_TRANSACTION = 1_000
# While the last pages are written, nothing is left to read: they should be few, but not so few that those costs count.
_LAST_PAGES = 250


class Reread(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some batches: pages of each that were written, failures, and pages whose rows were up to date.

    `left` pages wait for the rows of other pages; `problems` are batches whose manifest is damaged, in words.
    """

    written: Mapping[str, int]
    failures: Sequence[PageFailure]
    unchanged: int
    left: int
    problems: Sequence[str]


class _Group(NamedTuple):
    """Batches that are written in one transaction, while their pages are read."""

    keys: Sequence[str]
    key_of: Mapping[int, str]
    problems: Sequence[str]
    unchanged: int
    read: Future[list[ReadPage | PageFailure]]
    locks: ExitStack


class Rereading(msgspec.Struct, frozen=True, kw_only=True):
    """Reads batches again: only pages whose rows are of an older parser or of other content, or `everything`."""

    archive: PageStore
    warehouse: Warehouse
    locks: BatchLocks
    policy: RetryPolicy
    reader: Reader
    everything: bool = False

    def batches(self, chain: PageChain) -> Sequence[Sequence[str]]:
        """Return the keys of all batches of a chain, in groups that are written in one transaction each.

        Towards the end they become smaller, each half of what is left.
        """
        with self.warehouse.connect() as connection:
            sizes = batch_sizes(connection, chain.group)
        groups: list[list[str]] = []
        left, room = sum(sizes.values()), 0
        for key, size in sizes.items():
            if not groups or size > room:
                groups.append([])
                room = min(_PAGES_A_TRANSACTION, max(left // 2, _LAST_PAGES))
            groups[-1].append(key)
            room -= size
            left -= size
        return groups

    def read_again(self, chain: PageChain, groups: Iterable[Sequence[str]]) -> Generator[Reread]:
        """Read the archived pages of batches again, and write the rows of each group in one transaction.

        While a group is written, the next one is read: parsing and writing are work for different cores.
        Raises `BatchBusyError` if a run works on one of the batches for longer than the wait, `ArchiveError` and
        `WarehouseError` as those rooms do; what was read before is written and yielded first.
        """
        with ExitStack() as locks, ThreadPoolExecutor(1) as ahead:
            before: _Group | None = None
            for keys in groups:
                try:
                    following = self._begin(chain, keys, locks.enter_context(ExitStack()), ahead)
                except Exception:
                    if before:
                        yield self._end(chain, before)
                    raise
                if before:
                    yield self._end(chain, before)
                before = following
            if before:
                yield self._end(chain, before)

    def _begin(self, chain: PageChain, keys: Sequence[str], locks: ExitStack, ahead: ThreadPoolExecutor) -> _Group:
        """Lock the batches of a group, and let its pages be read."""
        for key in keys:
            locks.enter_context(self.locks.hold(f"{key}.{chain.kind}"))
        problems: list[str] = []
        entries = {entry.page_id: (key, entry) for key in keys for entry in self._entries(chain, key, problems)}
        pages = self._pages(chain, [entry for _, entry in entries.values()])
        return _Group(
            key_of={page_id: key for page_id, (key, _) in entries.items()},
            keys=keys,
            problems=problems,
            unchanged=len(entries) - len(pages),
            # Processes that read are given these pages at once, so that none waits for the last of the group before.
            read=ahead.submit(list, self.reader(chain, pages)),
            locks=locks,
        )

    def _end(self, chain: PageChain, group: _Group) -> Reread:
        """Write a group, once it is read, and unlock its batches."""
        with group.locks:
            done = group.read.result()
            # Held open, so that it is not opened and closed anew for each of the steps; but not while pages are read.
            with self.warehouse.connect():
                read, unreadable = take_note(done, warehouse=self.warehouse, policy=self.policy)
                loaded = load_pages(read, chain, warehouse=self.warehouse, policy=self.policy)
        written = Counter(group.key_of[page.page_id] for page in loaded.written)
        return Reread(
            written={key: written[key] for key in group.keys},
            failures=[*unreadable, *loaded.failures],
            unchanged=group.unchanged,
            left=loaded.left,
            problems=group.problems,
        )

    def _entries(self, chain: PageChain, key: str, problems: list[str]) -> Sequence[ManifestEntry]:
        path = manifest_folder(self.archive) / chain.raw_asset / f"{key}.json"
        if not path.exists():
            return []  # never fetched whole, so none of it was read
        try:
            return load_manifest(path).pages
        except ManifestError as error:
            problems.append(str(error))
            return []

    def _pages(self, chain: PageChain, entries: Sequence[ManifestEntry]) -> list[PageToRead]:
        versions = {entry.page_id: PageVersion(entry.sha256, entry.scraped_at) for entry in entries}
        with self.warehouse.connect() as connection:
            wanted = set(versions) if self.everything else pages_to_read(connection, chain.tables, versions)
            numbers = match_and_number(connection, chain.group, wanted)
        return [
            PageToRead(entry=entry, match_id=numbers[entry.page_id][0], map_number=numbers[entry.page_id][1])
            for entry in entries
            if entry.page_id in numbers
        ]
