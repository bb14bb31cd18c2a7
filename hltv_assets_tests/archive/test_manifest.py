"""The pages of a batch, out of the archive: only those that the manifest names."""

from pathlib import Path

import msgspec
import pytest

from hltv_assets.archive.errors import ArchiveError, CorruptPageError, MissingPageError
from hltv_assets.archive.manifest import Manifest, read_entry
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets_tests.archive.storing import MAP, on_both_kinds_of_place, put, put_batch

BODIES = [f"<html>page {number}</html>".encode() for number in range(5)]


def _replace_first(manifest: Manifest, **changes: object) -> Manifest:
    first, *others = manifest.pages
    changed = msgspec.structs.replace(first, **changes)
    return msgspec.structs.replace(manifest, pages=(changed, *others))


@on_both_kinds_of_place
def test_every_page_of_a_manifest_is_read_as_it_was_stored(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    pages = [read_entry(store, entry) for entry in manifest.pages]
    assert [page.body for page in pages] == BODIES
    assert [page.note.page_id for page in pages] == [entry.page_id for entry in manifest.pages]
    assert [page.note.scraped_at for page in pages] == [entry.scraped_at for entry in manifest.pages]


@on_both_kinds_of_place
def test_a_page_whose_hash_is_not_that_of_the_manifest_is_refused(store: PageStore) -> None:
    manifest = _replace_first(put_batch(store, BODIES), sha256="0" * 64)
    with pytest.raises(CorruptPageError, match=Path(manifest.pages[0].place).name):
        read_entry(store, manifest.pages[0])
    assert read_entry(store, manifest.pages[1]).body == BODIES[1], "the others can be read"


def test_a_newer_copy_of_a_page_does_not_change_what_the_manifest_names(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    put(store, body=b"newer", later=60)
    assert read_entry(store, manifest.pages[0]).body == BODIES[0]


@pytest.mark.parametrize("other_id", [MAP + 1, MAP + 100])
def test_the_page_of_another_map_in_a_pages_place_is_refused(store: PageStore, other_id: int) -> None:
    manifest = put_batch(store, BODIES)
    other = put(store, map_id=other_id, body=BODIES[0])  # the same content, so the same hash
    (store.root / manifest.pages[0].place).write_bytes((store.root / other).read_bytes())
    with pytest.raises(CorruptPageError, match=Path(manifest.pages[0].place).name):
        read_entry(store, manifest.pages[0])


def test_a_page_of_another_kind_in_a_pages_place_is_refused(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    other = put(store, kind=PageKind.MAP_ECONOMY, body=BODIES[0])
    (store.root / manifest.pages[0].place).write_bytes((store.root / other).read_bytes())
    with pytest.raises(CorruptPageError, match=Path(manifest.pages[0].place).name):
        read_entry(store, manifest.pages[0])


def test_a_page_that_is_gone_is_missing(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    (store.root / manifest.pages[3].place).unlink()
    assert read_entry(store, manifest.pages[2]).body == BODIES[2]
    with pytest.raises(MissingPageError, match=Path(manifest.pages[3].place).name):
        read_entry(store, manifest.pages[3])


@pytest.mark.parametrize("place", ["../../outside.html.zst", "/outside.html.zst", ".."])
def test_a_manifest_that_names_a_place_outside_of_the_archive_is_refused(store: PageStore, place: str) -> None:
    manifest = _replace_first(put_batch(store, BODIES), place=place)
    with pytest.raises(ArchiveError, match="not a path in the archive"):
        read_entry(store, manifest.pages[0])
