"""Reading many batches again out of the archive: large transactions, and parsing on all cores.

What one batch at a time does in a run of Dagster each, this does in one go, with the same functions and the same rows
at the end. It fetches nothing. What was written stays written if it is cut off; the next one goes on from there.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import msgspec

from hltv_assets.archive.errors import ManifestError
from hltv_assets.archive.manifest import ManifestEntry, load_manifest, manifest_folder
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.batch_lock import BatchLocks
from hltv_assets.assets.loading import load_pages
from hltv_assets.assets.page_chain import PageChain
from hltv_assets.assets.readers import Reader
from hltv_assets.assets.reading import PageToRead, take_note
from hltv_assets.warehouse.batches import batch_sizes
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import PageFailure, RetryPolicy
from hltv_assets.warehouse.members import match_and_number
from hltv_assets.warehouse.writing import PageVersion, pages_to_read

# As many pages as a transaction takes before its costs, which are the same for one and for all, no longer count.
_PAGES_A_TRANSACTION = 1_000


class Reread(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some batches: pages of each that were written, failures, and pages whose rows were up to date.

    `left` pages wait for the rows of other pages; `problems` are batches whose manifest is damaged, in words.
    """

    written: Mapping[str, int]
    failures: Sequence[PageFailure]
    unchanged: int
    left: int
    problems: Sequence[str]


class Rereading(msgspec.Struct, frozen=True, kw_only=True):
    """Reads batches again: only pages whose rows are of an older parser or of other content, or `everything`."""

    archive: PageStore
    warehouse: Warehouse
    locks: BatchLocks
    policy: RetryPolicy
    reader: Reader
    everything: bool = False

    def batches(self, chain: PageChain) -> Sequence[Sequence[str]]:
        """Return the keys of all batches of a chain, in groups that are written in one transaction each."""
        with self.warehouse.connect() as connection:
            sizes = batch_sizes(connection, chain.group)
        groups: list[list[str]] = []
        room = 0
        for key, size in sizes.items():
            if not groups or size > room:
                groups.append([])
                room = _PAGES_A_TRANSACTION
            groups[-1].append(key)
            room -= size
        return groups

    def read_again(self, chain: PageChain, keys: Sequence[str]) -> Reread:
        """Read the archived pages of some batches again, and write their rows in one transaction.

        Raises `BatchBusyError` if a run works on one of them for longer than the wait, `ArchiveError` and
        `WarehouseError` as those rooms do.
        """
        with ExitStack() as held:
            for key in keys:
                held.enter_context(self.locks.hold(f"{key}.{chain.kind}"))
            problems: list[str] = []
            entries = {entry.page_id: (key, entry) for key in keys for entry in self._entries(chain, key, problems)}
            pages = self._pages(chain, [entry for _, entry in entries.values()])
            read, unreadable = take_note(self.reader(chain, pages), warehouse=self.warehouse, policy=self.policy)
            loaded = load_pages(read, chain, warehouse=self.warehouse, policy=self.policy)
        written = [entries[page.page_id][0] for page in loaded.written]
        return Reread(
            written={key: written.count(key) for key in keys},
            failures=[*unreadable, *loaded.failures],
            unchanged=len(entries) - len(pages),
            left=loaded.left,
            problems=problems,
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
