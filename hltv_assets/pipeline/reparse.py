"""Parsing many archived batches again: large transactions, and parsing on all cores.

The functions and the rows are those of a run of Dagster for each batch. Nothing is fetched. If it is interrupted, what
is loaded stays loaded, and the next one continues there.
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
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pipeline.chain import PageChain
from hltv_assets.pipeline.load import load_pages
from hltv_assets.pipeline.parse import PageToParse, ParsedPage, lost_pages, pages_of, record_parse_failures
from hltv_assets.pipeline.parse_pool import Parser
from hltv_assets.warehouse.batch_lock import BatchLocks
from hltv_assets.warehouse.batch_members import member_ids
from hltv_assets.warehouse.batches import batch_sizes
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import RetryPolicy
from hltv_assets.warehouse.pages_to_parse import PageVersion, pages_to_parse

# As many pages as a transaction takes before its costs, which are the same for one and for all, no longer count.
_MAX_PAGES_PER_TRANSACTION = 1_000
# While the last pages are loaded, nothing is left to parse: they should be few, but not so few that those costs count.
_MIN_PAGES_PER_TRANSACTION = 250


class ReparseResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result for some batches: pages of each that were loaded, failures, and pages whose rows were up to date.

    `deferred` pages wait for the rows of other pages; `problems` are batches whose manifest is damaged, in words.
    """

    written: Mapping[str, int]
    failures: Sequence[PageFailure]
    unchanged: int
    deferred: int
    problems: Sequence[str]


class _Group(NamedTuple):
    """Batches that are loaded in one transaction, while their pages are parsed."""

    keys: Sequence[str]
    key_of: Mapping[int, str]
    problems: Sequence[str]
    unchanged: int
    parsed: Future[list[ParsedPage | PageFailure]]
    lost: Sequence[PageFailure]
    locks: ExitStack


class Reparse(msgspec.Struct, frozen=True, kw_only=True):
    """Parses batches again: pages whose rows are of an older parser version or of other content, or `everything`."""

    archive: PageStore
    warehouse: Warehouse
    locks: BatchLocks
    policy: RetryPolicy
    parser: Parser
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
                room = min(_MAX_PAGES_PER_TRANSACTION, max(left // 2, _MIN_PAGES_PER_TRANSACTION))
            groups[-1].append(key)
            room -= size
            left -= size
        return groups

    def run(self, chain: PageChain, groups: Iterable[Sequence[str]]) -> Generator[ReparseResult]:
        """Parse the archived pages of batches again, and load the rows of each group in one transaction.

        While a group is loaded, the next one is parsed: that is work for different cores.
        Raises `BatchBusyError` if a run works on one of the batches for longer than the wait, `ArchiveError` and
        `WarehouseError` as those rooms do; what was parsed before is loaded and yielded first.
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
        """Lock the batches of a group, and start to parse its pages."""
        for key in keys:
            locks.enter_context(self.locks.hold(f"{key}.{chain.kind}"))
        problems: list[str] = []
        entries = {entry.page_id: (key, entry) for key in keys for entry in self._entries(chain, key, problems)}
        pages, lost = self._pages(chain, keys, [entry for _, entry in entries.values()])
        return _Group(
            key_of={page_id: key for page_id, (key, _) in entries.items()},
            keys=keys,
            problems=problems,
            unchanged=len(entries) - len(pages),
            # The processes get these pages at once, so that none waits for the last of the group before.
            parsed=ahead.submit(list, self.parser(chain, pages)),
            lost=lost,
            locks=locks,
        )

    def _end(self, chain: PageChain, group: _Group) -> ReparseResult:
        """Load a group once it is parsed, and unlock its batches."""
        with group.locks:
            done = group.parsed.result()
            # Held open, so that it is not opened and closed anew for each of the steps; but not while pages are parsed.
            with self.warehouse.connect():
                pages, failures = record_parse_failures(
                    [*done, *group.lost], warehouse=self.warehouse, policy=self.policy
                )
                loaded = load_pages(pages, chain, warehouse=self.warehouse, policy=self.policy)
        written = Counter(group.key_of[page.page_id] for page in loaded.written)
        return ReparseResult(
            written={key: written[key] for key in group.keys},
            failures=[*failures, *loaded.failures],
            unchanged=group.unchanged,
            deferred=loaded.deferred,
            problems=group.problems,
        )

    def _entries(self, chain: PageChain, key: str, problems: list[str]) -> Sequence[ManifestEntry]:
        path = manifest_folder(self.archive) / chain.raw_asset / f"{key}.json"
        if not path.exists():
            return []  # never fetched whole, so none of it was parsed
        try:
            return load_manifest(path).pages
        except ManifestError as error:
            problems.append(str(error))
            return []

    def _pages(
        self, chain: PageChain, keys: Sequence[str], entries: Sequence[ManifestEntry]
    ) -> tuple[list[PageToParse], list[PageFailure]]:
        """The pages of some batches to parse, and failures of those that should be parsed but are not archived."""
        versions = {entry.page_id: PageVersion(entry.sha256, entry.scraped_at) for entry in entries}
        with self.warehouse.connect() as connection:
            members = {
                page_id: ids for key in keys for page_id, ids in member_ids(connection, chain.group, key).items()
            }
            wanted = set(versions) if self.everything else pages_to_parse(connection, chain.tables, versions)
            lost = lost_pages(connection, chain, members, versions)
        return pages_of([entry for entry in entries if entry.page_id in wanted], members), lost
