"""Copies of an archive: whole, on both kinds of place, and usable at whatever page they were cut off."""

from collections.abc import Mapping

import msgspec
import pytest

from hltv_assets.archive.copying import (
    Manifests,
    copy_pages,
    pack_manifests,
    read_manifests,
    unpack_manifests,
    write_manifests,
)
from hltv_assets.archive.dictionaries import PAGES_FOR_A_DICTIONARY
from hltv_assets.archive.errors import ArchiveError
from hltv_assets.archive.manifest import Manifest
from hltv_assets.archive.storage import files_below, place_of, read_whole, write_whole
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import KIND, MAP, alike, memory_location, on_both_kinds_of_place, put

PAGES = PAGES_FOR_A_DICTIONARY + 4


class CutOffError(Exception):
    """The copying process ends here."""


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    """The files of an archive of which the last pages are packed with a dictionary."""
    store = PageStore(memory_location())
    for number in range(PAGES):
        put(store, body=alike(number), map_id=MAP + number, later=number)
    assert len(store.dictionaries.places()) == 1
    return {name: read_whole(store.root / name) for name in files_below(store.root)}


@pytest.fixture
def source(files: Mapping[str, bytes]) -> PageStore:
    """An archive with these files."""
    store = PageStore(memory_location())
    for name, content in files.items():
        write_whole(store.root / name, content)
    return store


def ignore(done: int, total: int) -> None:
    del done, total


def manifest(batch_key: str, run_id: str) -> bytes:
    made = Manifest(batch_key=batch_key, page_kind=KIND, pages=(), run_id=run_id, fetched=0, bytes_fetched=0)
    return msgspec.json.encode(made)


def all_pages(store: PageStore) -> list[bytes]:
    return [store.load(place)[1] for place in store.places()]


@on_both_kinds_of_place
def test_a_copy_has_every_page_with_its_dictionary_and_is_made_once(source: PageStore, location: str) -> None:
    first = copy_pages(source, PageStore(location), ignore)
    copy = PageStore(location)
    assert (first.pages, first.new, first.problems) == (PAGES, PAGES, [])
    assert copy.places() == source.places()
    assert all_pages(copy) == all_pages(source)
    again = copy_pages(source, copy, ignore)
    assert (again.pages, again.new, again.bytes) == (PAGES, 0, 0)


def test_a_page_fetched_again_is_copied_beside_the_old_one(source: PageStore) -> None:
    copy = PageStore(memory_location())
    copy_pages(source, copy, ignore)
    put(source, body=alike(99), later=1_000)
    assert copy_pages(source, copy, ignore).new == 1
    assert all_pages(copy) == all_pages(source)


@pytest.mark.parametrize("last", range(1, PAGES + 1))
def test_a_copy_that_is_cut_off_at_any_page_can_be_read_and_gone_on_with(source: PageStore, last: int) -> None:
    location = memory_location()

    def cut_off(done: int, total: int) -> None:
        del total
        if done == last:
            raise CutOffError

    with pytest.raises(CutOffError):
        copy_pages(source, PageStore(location), cut_off)
    assert len(all_pages(PageStore(location))) == last
    assert copy_pages(source, PageStore(location), ignore).new == PAGES - last
    assert all_pages(PageStore(location)) == all_pages(source)


def test_damaged_pages_are_left_out_and_told(source: PageStore) -> None:
    damaged = source.places()[3]
    write_whole(source.root / damaged, b"no page")
    copy = PageStore(memory_location())
    copied = copy_pages(source, copy, ignore)
    assert copied.new == PAGES - 1
    assert len(copied.problems) == 1
    assert damaged in copied.problems[0]
    assert damaged not in copy.places()


def test_manifests_come_back_but_newer_ones_stay() -> None:
    source, target = PageStore(memory_location()), PageStore(memory_location())
    one, old, new = manifest("maps-000001", "old"), manifest("maps-000002", "old"), manifest("maps-000002", "new")
    write_whole(source.root / "manifests/raw_map_html/maps-000001.json", one)
    write_whole(source.root / "manifests/raw_map_html/maps-000002.json", old)
    write_whole(target.root / "manifests/raw_map_html/maps-000002.json", new)
    manifests: Manifests = unpack_manifests(pack_manifests(read_manifests(source)[0]), "backup")
    write_manifests(target, manifests)
    assert {name: bytes(content) for name, content in read_manifests(target)[0].items()} == {
        "raw_map_html/maps-000001.json": one,
        "raw_map_html/maps-000002.json": new,
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("._maps-000002.json", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"),
        ("maps-000002.json", b""),
        ("maps-000002.json", b'{"batch_key": "maps-0000'),
        ("maps-000002.json", b'{"batch_key": "\xff"}'),
        ("maps-000002.json", b"[]"),
    ],
    ids=["of another program", "empty", "cut", "not UTF-8", "something else"],
)
def test_a_manifest_that_is_none_is_left_out_and_told(name: str, content: bytes) -> None:
    store = PageStore(memory_location())
    write_whole(store.root / "manifests/raw_map_html/maps-000001.json", manifest("maps-000001", "a-run"))
    write_whole(store.root / "manifests/raw_map_html" / name, content)
    manifests, (problem,) = read_manifests(store)
    assert list(unpack_manifests(pack_manifests(manifests), "backup")) == ["raw_map_html/maps-000001.json"]
    assert name in problem
    assert "\n" not in problem


def test_manifests_that_are_damaged_are_told_with_their_place() -> None:
    with pytest.raises(ArchiveError, match="the/backup cannot be read"):
        unpack_manifests(b"damaged", "the/backup")


def test_an_archive_that_is_not_there_has_no_pages(tmp_path: object) -> None:
    assert PageStore(f"{tmp_path}/nowhere").places() == []
    assert place_of(f"{tmp_path}/nowhere").exists() is False
