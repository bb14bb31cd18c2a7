"""The page store: what is put away is found again as it was, newest first, and nothing leaves the archive."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest

from hltv_assets.archive.errors import ArchiveError, CorruptPageError, MissingPageError
from hltv_assets.archive.page_file import sha256_of
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets_tests.archive.storing import (
    ARRIVED,
    BODY,
    KIND,
    MAP,
    MATCH,
    URL,
    files_below,
    memory_location,
    note_of,
    on_both_kinds_of_place,
    put,
)

# Storing and finding


@on_both_kinds_of_place
def test_a_page_that_was_put_away_is_the_newest_and_loads_as_it_was(store: PageStore) -> None:
    place = put(store)
    assert store.newest(KIND, MAP, MATCH) == place
    note, body = store.load(place)
    assert body == BODY
    assert note == note_of()
    assert store.note(place) == note


@on_both_kinds_of_place
def test_another_store_at_the_same_place_finds_the_page(location: str) -> None:
    place = put(PageStore(location))
    assert PageStore(location).newest(KIND, MAP, MATCH) == place
    assert PageStore(location).load(place)[1] == BODY


@on_both_kinds_of_place
@pytest.mark.parametrize(
    "body", [b"", b"\0", bytes(range(256)), b"x" * 33_000_000], ids=["empty", "nul", "all bytes", "33 MB"]
)
def test_any_bytes_come_back_unchanged(store: PageStore, body: bytes) -> None:
    note, loaded = store.load(put(store, body=body))
    assert loaded == body
    assert note.size == len(body)


def test_the_time_of_arrival_is_kept_whatever_its_zone(store: PageStore) -> None:
    arrived = ARRIVED.astimezone(timezone(timedelta(hours=5, minutes=30)))
    place = store.put(KIND, MAP, MATCH, url=URL, body=BODY, scraped_at=arrived).place
    note = store.note(place)
    assert note.scraped_at == ARRIVED
    assert note.scraped_at.utcoffset() is not None
    assert place == put(store), "the same moment, so the same file"


def test_a_person_finds_a_page_by_match_kind_and_map(store: PageStore) -> None:
    put(store)
    put(store, kind=PageKind.MAP_ECONOMY)
    (economy, page) = files_below(Path(str(store.root)))
    assert page.parent.parts[-3:] == ("matches", str(MATCH), f"map_stats-{MAP}")
    assert economy.parent.name == f"map_economy-{MAP}"
    assert page.name.startswith("20261123T223655")
    assert page.name.endswith(".html.zst")


@on_both_kinds_of_place
def test_what_was_never_stored_has_no_newest(store: PageStore) -> None:
    assert store.newest(KIND, MAP, MATCH) is None
    put(store)
    assert store.newest(KIND, MAP + 1, MATCH) is None
    assert store.newest(KIND, MAP, MATCH + 1) is None
    assert store.newest(PageKind.MAP_PERFORMANCE, MAP, MATCH) is None


@on_both_kinds_of_place
@pytest.mark.parametrize("later", [1e-6, 0.4, 1.0, 59.0, 86_400.0 * 400])
def test_a_page_fetched_again_lies_beside_the_old_one_and_counts(store: PageStore, later: float) -> None:
    old, new = put(store, body=b"old"), put(store, body=b"new", later=later)
    assert old != new
    assert store.newest(KIND, MAP, MATCH) == new
    assert store.load(old)[1] == b"old"
    assert store.load(new)[1] == b"new"


def test_the_newest_counts_whatever_was_stored_last(store: PageStore) -> None:
    new = put(store, body=b"new", later=0.5)
    put(store, body=b"old")
    assert store.newest(KIND, MAP, MATCH) == new


def test_the_same_page_with_the_same_content_fetched_again_lies_beside_the_old_one(store: PageStore) -> None:
    old, new = put(store), put(store, later=60)
    assert old != new
    assert store.newest(KIND, MAP, MATCH) == new
    assert len(files_below(Path(str(store.root)))) == 2


@on_both_kinds_of_place
def test_a_page_whose_file_is_damaged_is_not_there(store: PageStore) -> None:
    place = put(store)
    assert store.has(KIND, MAP, MATCH, sha256_of(BODY))
    (store.root / place).write_bytes((store.root / place).read_bytes()[:-9])
    assert not store.has(KIND, MAP, MATCH, sha256_of(BODY))
    put(store, later=1)
    assert store.has(KIND, MAP, MATCH, sha256_of(BODY))


def test_kinds_of_the_same_map_are_kept_apart(store: PageStore) -> None:
    kinds = (PageKind.MAP_STATS, PageKind.MAP_PERFORMANCE, PageKind.MAP_ECONOMY)
    places = {kind: put(store, kind=kind, body=kind.encode(), later=number) for number, kind in enumerate(kinds)}
    for kind, place in places.items():
        assert store.newest(kind, MAP, MATCH) == place
        assert store.load(place)[1] == kind.encode()


@pytest.mark.parametrize(
    "name", [".abc.part", ".20991231T000000.000000Z-ab.html.zst.part", "notes.txt", ".DS_Store", "copy.html.zst"]
)
def test_files_of_another_kind_are_never_the_newest(store: PageStore, name: str) -> None:
    place = put(store)
    (Path(str(store.root)) / place).with_name(name).write_bytes(b"not a page")
    assert store.newest(KIND, MAP, MATCH) == place


def test_a_folder_with_nothing_but_unfinished_files_has_no_newest(store: PageStore) -> None:
    page = Path(str(store.root)) / put(store)
    page.rename(page.with_name(".left-behind.part"))
    assert store.newest(KIND, MAP, MATCH) is None


def test_a_page_may_be_read_by_whom_the_umask_lets(store: PageStore) -> None:
    before = os.umask(0o022)
    try:
        page = Path(str(store.root)) / put(store)
    finally:
        os.umask(before)
    assert page.stat().st_mode & 0o777 == 0o644


# What is missing or wrong


@on_both_kinds_of_place
def test_a_page_that_is_gone_is_missing_and_named_with_what_to_do(store: PageStore) -> None:
    place = put(store)
    (store.root / place).unlink()
    for read in (store.load, store.note):
        with pytest.raises(MissingPageError) as raised:
            read(place)
        assert place in str(raised.value)
        assert "materialize" in str(raised.value)


@on_both_kinds_of_place
def test_a_page_of_a_match_that_was_never_stored_is_missing(store: PageStore) -> None:
    with pytest.raises(MissingPageError):
        store.load(f"matches/1/map_stats-1/{Path(put(store)).name}")


@on_both_kinds_of_place
@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"<html></html>", b"\x50\x2a\x4d\x18", b"\x50\x2a\x4d\x18\xff\xff\xff\xff", bytes(1_000)],
    ids=["empty", "one byte", "the page itself", "magic only", "long note", "zeros"],
)
def test_a_file_that_is_no_page_is_corrupt_and_named_with_what_to_do(store: PageStore, content: bytes) -> None:
    place = put(store)
    (store.root / place).write_bytes(content)
    for read in (store.load, store.note):
        with pytest.raises(CorruptPageError) as raised:
            read(place)
        assert place in str(raised.value)
        assert "move this file away" in str(raised.value)
        assert "\n" not in str(raised.value)


@on_both_kinds_of_place
@pytest.mark.parametrize("which", ["another map", "another kind", "another content", "another time"])
def test_the_file_of_another_page_in_a_pages_place_is_corrupt(store: PageStore, which: str) -> None:
    place = put(store)
    other = {
        "another map": lambda: put(store, map_id=MAP + 1),
        "another kind": lambda: put(store, kind=PageKind.MAP_ECONOMY),
        "another content": lambda: put(store, body=b"<html>another</html>"),
        "another time": lambda: put(store, later=60),
    }[which]()
    assert other != place
    (store.root / place).write_bytes((store.root / other).read_bytes())
    with pytest.raises(CorruptPageError, match=Path(place).name):
        store.load(place)


# Nothing leaves the archive


@on_both_kinds_of_place
@pytest.mark.parametrize(
    "place",
    [
        "../outside.html.zst",
        "matches/../../outside.html.zst",
        "matches/..",
        "..",
        "/etc/passwd",
        "//etc/passwd",
        "file:///etc/passwd",
        "memory://outside/outside.html.zst",
        "",
        ".",
        "matches",
        "nul\0byte",
    ],
)
def test_a_place_that_is_none_in_the_archive_is_refused(store: PageStore, tmp_path: Path, place: str) -> None:
    put(store)
    outside = PageStore(str(tmp_path)).root
    (outside / "outside.html.zst").write_bytes((store.root / put(store)).read_bytes())
    for read in (store.load, store.note):
        with pytest.raises(ArchiveError) as raised:
            read(place)
        assert not isinstance(raised.value, CorruptPageError)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("hostile", ["../../../outside", "..", "/tmp/outside", "1/../../..", "a", "", "1\0"])
@pytest.mark.parametrize("argument", ["kind", "page_id", "match_id"])
def test_a_hostile_name_writes_nothing_and_finds_nothing(tmp_path: Path, argument: str, hostile: str) -> None:
    store = PageStore(str(tmp_path / "deep/archive"))
    names: dict[str, Any] = {"kind": KIND, "page_id": MAP, "match_id": MATCH, argument: cast("Any", hostile)}
    with pytest.raises(ValueError, match=r".+"):
        store.put(**names, url=URL, body=BODY, scraped_at=ARRIVED)
    with pytest.raises(ValueError, match=r".+"):
        store.newest(**names)
    assert files_below(tmp_path) == []


def test_a_hostile_address_is_only_noted(store: PageStore, tmp_path: Path) -> None:
    url = "file:///../../etc/passwd\n\0"
    place = store.put(KIND, MAP, MATCH, url=url, body=BODY, scraped_at=datetime.now(UTC)).place
    assert store.note(place).url == url
    assert files_below(tmp_path) == [Path(str(store.root)) / place]


# A place that cannot be used


def _in_the_way(tmp_path: Path, what: str) -> PageStore:
    """A store where a regular file is in the place of a folder."""
    store = PageStore(str(tmp_path / "archive"))
    file = {
        "the data folder": tmp_path / "archive",
        "matches": tmp_path / "archive/matches",
        "the match": tmp_path / f"archive/matches/{MATCH}",
        "the page's folder": tmp_path / f"archive/matches/{MATCH}/map_stats-{MAP}",
    }[what]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("in the way")
    return store


@pytest.mark.parametrize("what", ["the data folder", "matches", "the match", "the page's folder"])
def test_a_file_in_the_place_of_a_folder_is_told_in_one_line_with_what_to_do(tmp_path: Path, what: str) -> None:
    store = _in_the_way(tmp_path, what)
    with pytest.raises(ArchiveError, match=r"HLTV_ARCHIVE") as putting:
        put(store)
    with pytest.raises(ArchiveError, match=r"HLTV_ARCHIVE") as finding:
        store.newest(KIND, MAP, MATCH)
    with pytest.raises(ArchiveError, match=r".") as loading:
        store.load(f"matches/{MATCH}/map_stats-{MAP}/20261123T223655.123456Z-000000000000.html.zst")
    for raised in (putting, finding, loading):
        assert "\n" not in str(raised.value)
        assert str(tmp_path / "archive") in str(raised.value)
    assert len(files_below(tmp_path)) == 1


def test_a_folder_in_the_place_of_a_page_is_told_in_one_line(store: PageStore) -> None:
    place = put(store)
    (Path(str(store.root)) / place).unlink()
    (Path(str(store.root)) / place).mkdir()
    for use in (lambda: put(store), lambda: store.load(place)):
        with pytest.raises(ArchiveError, match="HLTV_ARCHIVE"):
            use()
    assert not list(Path(str(store.root)).rglob("*.part")), "an unfinished file was left behind"


def test_archives_at_different_places_do_not_know_each_other() -> None:
    one, other = PageStore(memory_location()), PageStore(memory_location())
    place = put(one)
    with pytest.raises(MissingPageError):
        other.load(place)
