"""The pages of a batch, out of the archive: one at a time, and only those that the manifest names."""

import tracemalloc
from pathlib import Path

import msgspec
import pytest

from hltv_assets.archive.errors import ArchiveError, CorruptPageError, MissingPageError
from hltv_assets.archive.manifest import ArchivedBatch, Manifest
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets_tests.archive.storing import MAP, CountingStore, on_both_kinds_of_place, put, put_batch

BODIES = [f"<html>page {number}</html>".encode() for number in range(5)]


def _replace_first(manifest: Manifest, **changes: object) -> Manifest:
    first, *others = manifest.pages
    changed = msgspec.structs.replace(first, **changes)
    return msgspec.structs.replace(manifest, pages=(changed, *others))


@on_both_kinds_of_place
def test_a_batch_holds_the_pages_of_its_manifest_in_their_order(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    batch = ArchivedBatch(manifest, store)
    assert len(batch) == 5
    assert [page.body for page in batch] == BODIES
    assert [page.note.page_id for page in batch] == [entry.page_id for entry in manifest.pages]
    assert [page.note.scraped_at for page in batch] == [entry.scraped_at for entry in manifest.pages]


def test_a_batch_is_a_sequence(store: PageStore) -> None:
    batch = ArchivedBatch(put_batch(store, BODIES), store)
    assert batch[0].body == BODIES[0]
    assert batch[-1].body == BODIES[-1]
    assert [page.body for page in batch[1:3]] == BODIES[1:3]
    assert [page.body for page in reversed(batch)] == BODIES[::-1]
    with pytest.raises(IndexError):
        batch[5]


def test_an_empty_batch_has_no_pages(store: PageStore) -> None:
    batch = ArchivedBatch(put_batch(store, []), store)
    assert (len(batch), list(batch)) == (0, [])


def test_a_page_is_read_when_it_is_asked_for_and_not_before(location: str) -> None:
    store = CountingStore(location)
    manifest = put_batch(store, BODIES)
    batch = ArchivedBatch(manifest, store)
    assert len(batch) == 5
    assert len(batch[1:4]) == 3
    assert store.read == []
    pages = iter(batch)
    assert store.read == []
    for number, entry in enumerate(manifest.pages, start=1):
        next(pages)
        assert len(store.read) == number
        assert store.read[-1] == entry.place
    batch[2]
    assert store.read[5:] == [manifest.pages[2].place]


def test_one_page_at_a_time_is_in_memory(store: PageStore) -> None:
    size, count = 2_000_000, 12
    batch = ArchivedBatch(put_batch(store, [bytes([number]) * size for number in range(count)]), store)
    tracemalloc.start()
    try:
        assert sum(len(page.body) for page in batch) == count * size
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * size


@on_both_kinds_of_place
def test_a_page_whose_hash_is_not_that_of_the_manifest_is_refused(store: PageStore) -> None:
    manifest = _replace_first(put_batch(store, BODIES), sha256="0" * 64)
    pages = ArchivedBatch(manifest, store)
    with pytest.raises(CorruptPageError, match=Path(manifest.pages[0].place).name):
        pages[0]
    assert pages[1].body == BODIES[1], "the others can be read"


def test_a_newer_copy_of_a_page_does_not_change_what_the_manifest_names(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    put(store, body=b"newer", later=60)
    assert ArchivedBatch(manifest, store)[0].body == BODIES[0]


@pytest.mark.parametrize("other_id", [MAP + 1, MAP + 100])
def test_the_page_of_another_map_in_a_pages_place_is_refused(store: PageStore, other_id: int) -> None:
    manifest = put_batch(store, BODIES)
    other = put(store, map_id=other_id, body=BODIES[0])  # the same content, so the same hash
    (store.root / manifest.pages[0].place).write_bytes((store.root / other).read_bytes())
    with pytest.raises(CorruptPageError, match=Path(manifest.pages[0].place).name):
        ArchivedBatch(manifest, store)[0]


def test_a_page_of_another_kind_in_a_pages_place_is_refused(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    other = put(store, kind=PageKind.MAP_ECONOMY, body=BODIES[0])
    (store.root / manifest.pages[0].place).write_bytes((store.root / other).read_bytes())
    with pytest.raises(CorruptPageError, match=Path(manifest.pages[0].place).name):
        ArchivedBatch(manifest, store)[0]


def test_a_page_that_is_gone_is_missing(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    (store.root / manifest.pages[3].place).unlink()
    batch = ArchivedBatch(manifest, store)
    assert batch[2].body == BODIES[2]
    with pytest.raises(MissingPageError, match=Path(manifest.pages[3].place).name):
        batch[3]


@pytest.mark.parametrize("place", ["../../outside.html.zst", "/outside.html.zst", ".."])
def test_a_manifest_that_names_a_place_outside_of_the_archive_is_refused(store: PageStore, place: str) -> None:
    manifest = _replace_first(put_batch(store, BODIES), place=place)
    with pytest.raises(ArchiveError, match="no place in the archive"):
        ArchivedBatch(manifest, store)[0]
