"""Pages packed with a dictionary: smaller, and readable for ever, whatever happens to the process that made it."""

import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hltv_assets.archive.dictionaries import FOLDER, PAGES_FOR_A_DICTIONARY, Dictionaries, made_at
from hltv_assets.archive.errors import ArchiveError, CorruptPageError, DictionaryError
from hltv_assets.archive.page_file import (
    PackingDictionary,
    dictionary_of,
    pack_page,
    read_note,
    ready_for_packing,
    sha256_of,
    unpack_page,
)
from hltv_assets.archive.saved_formats import saved_pages
from hltv_assets.archive.storage import place_of
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageError, PageKind
from hltv_assets_tests.archive.killed_writer import put_small, small
from hltv_assets_tests.archive.storing import (
    ARRIVED,
    BODY,
    KIND,
    MATCH,
    URL,
    alike,
    files_below,
    memory_location,
    note_of,
    on_both_kinds_of_place,
    put,
)
from testkit.examples import examples
from testkit.places import PROJECT

FRAME = random.Random(0).randbytes(30_000).hex().encode()
ENOUGH = PAGES_FOR_A_DICTIONARY
DICTIONARY = f"{FOLDER}/map_stats/20261123T223655.123456Z-{sha256_of(FRAME)}.zst"


def _put_alike(store: PageStore, count: int, *, first: int = 0, kind: PageKind = KIND) -> list[str]:
    """Store pages that have nearly everything in common, and return their places."""
    return [
        put(store, body=alike(first + number), map_id=first + number + 1, kind=kind, later=first + number)
        for number in range(count)
    ]


def _dictionary(store: PageStore, place: str) -> str:
    """The place of the dictionary that a page is packed with; there must be one."""
    named = store.note(place).dictionary
    assert named is not None
    return named


def _dictionary_files(store: PageStore, kind: PageKind = KIND) -> list[str]:
    folder = store.root / FOLDER / kind
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def _size(store: PageStore, place: str) -> int:
    return len((store.root / place).read_bytes())


# When there is one


@on_both_kinds_of_place
def test_pages_are_packed_alone_until_there_are_enough_to_make_a_dictionary_of(store: PageStore) -> None:
    places = _put_alike(store, ENOUGH + 3)
    names = [store.note(place).dictionary for place in places]
    assert names[:ENOUGH] == [None] * ENOUGH
    assert len(set(names[ENOUGH:])) == 1
    assert _size(store, places[-1]) * 20 < _size(store, places[0])
    for number, place in enumerate(places):
        assert PageStore(str(store.root)).load(place)[1] == store.load(place)[1] == alike(number)


def test_a_page_that_cannot_be_read_keeps_no_other_from_being_packed(tmp_path: Path) -> None:
    store = PageStore(str(tmp_path))
    first, *_ = _put_alike(store, ENOUGH)
    (tmp_path / first).unlink()
    (tmp_path / first).mkdir()  # reading it fails as it does for want of rights
    (packed,) = _put_alike(PageStore(str(tmp_path)), 1, first=ENOUGH)
    assert _dictionary(store, packed)


def test_no_dictionary_is_made_of_pages_none_of_which_can_be_read(store: PageStore) -> None:
    for place in _put_alike(store, ENOUGH):
        (store.root / place).write_bytes(b"damaged")
    (alone,) = _put_alike(store, 1, first=ENOUGH)
    assert store.note(alone).dictionary is None
    assert _dictionary_files(store) == []
    *_, packed = _put_alike(store, ENOUGH + 1, first=ENOUGH + 1)
    assert _dictionary(store, packed)


def test_a_dictionary_states_its_kind_its_time_and_its_hash(store: PageStore) -> None:
    place = _dictionary(store, _put_alike(store, ENOUGH + 1)[-1])
    folder, kind, name = place.split("/")
    assert (folder, kind) == (FOLDER, KIND)
    assert timedelta() <= datetime.now(UTC) - made_at(place) < timedelta(minutes=5)
    content = zstandard.ZstdDecompressor().decompress((store.root / place).read_bytes())
    assert name.partition("-")[2] == f"{sha256_of(content)}.zst"


@on_both_kinds_of_place
def test_another_process_packs_with_the_dictionary_that_is_there(location: str) -> None:
    first = _put_alike(PageStore(location), ENOUGH + 1)[-1]
    other = PageStore(location)
    (second,) = _put_alike(other, 1, first=ENOUGH + 1)
    assert _dictionary(other, first) == _dictionary(other, second)
    assert len(_dictionary_files(other)) == 1


@on_both_kinds_of_place
@pytest.mark.parametrize("kind", [KIND, PageKind.RESULTS])
def test_processes_that_store_a_page_each_come_to_a_dictionary_together(location: str, kind: PageKind) -> None:
    match_id = None if kind is PageKind.RESULTS else MATCH
    for number in range(ENOUGH + 1):
        store = PageStore(location)
        arrived = ARRIVED + timedelta(seconds=number)
        place = store.put(kind, number // 2, match_id, url=URL, body=alike(number), scraped_at=arrived).place
        assert (store.note(place).dictionary is None) == (number < ENOUGH)
    assert store.load(place)[1] == alike(ENOUGH)


def test_each_kind_has_a_dictionary_of_its_own(store: PageStore) -> None:
    (*_, stats), (*_, economy) = (_put_alike(store, ENOUGH + 1, kind=kind) for kind in (KIND, PageKind.MAP_ECONOMY))
    assert _dictionary(store, stats) != _dictionary(store, economy)
    (alone,) = _put_alike(store, 1, kind=PageKind.MAP_PERFORMANCE)
    assert store.note(alone).dictionary is None


def test_after_a_quarter_of_a_year_there_is_another_and_old_pages_stay_readable(store: PageStore) -> None:
    old_page = _put_alike(store, ENOUGH + 1)[-1]
    old = _dictionary(store, old_page)
    # A page that names a dictionary made long ago, as it was written then.
    long_ago = old.replace(f"{made_at(old):%Y}", "2020", 1)
    (store.root / old).rename(store.root / long_ago)
    content = zstandard.ZstdDecompressor().decompress((store.root / long_ago).read_bytes())
    note = store.note(old_page)
    (store.root / old_page).write_bytes(pack_page(note, alike(ENOUGH), ready_for_packing(long_ago, content)))

    later = PageStore(str(store.root))
    new_page = _put_alike(later, 1, first=500)[0]
    assert made_at(_dictionary(later, new_page)) > made_at(long_ago) + timedelta(days=90)
    assert len(_dictionary_files(later)) == 2
    assert later.load(new_page)[1] == alike(500)
    assert later.load(old_page)[1] == alike(ENOUGH)


def test_pages_of_many_megabytes_leave_room_for_each_other_in_a_dictionary(store: PageStore) -> None:
    starts = [random.Random(number).randbytes(20_000) for number in range(ENOUGH)]
    for number, start in enumerate(starts):
        put(store, body=start + bytes(6_000_000), map_id=number + 1, later=number)
    place = put(store, body=b"".join(starts[-4:]), map_id=99, later=99)
    assert _dictionary(store, place)
    assert _size(store, place) < 2_000
    assert store.load(place)[1] == b"".join(starts[-4:])


# The format


def test_a_page_without_a_dictionary_is_written_as_before_there_were_any() -> None:
    note = note_of()
    assert b"dictionary" not in pack_page(note, BODY)
    assert read_note(pack_page(note, BODY), "a page").dictionary is None


@pytest.mark.fuzz
@settings(max_examples=examples(50), deadline=None)
@given(content=st.binary(max_size=5_000), body=st.binary(max_size=5_000))
@example(content=b"", body=b"")
@example(content=b"7 bytes", body=b"7 bytes")
@example(content=b"\x37\xa4\x30\xec" + bytes(100), body=bytes(1_000))
@example(content=FRAME, body=FRAME)
def test_a_page_comes_out_of_its_file_as_it_went_in_whatever_the_dictionary(content: bytes, body: bytes) -> None:
    packed = pack_page(note_of(body), body, ready_for_packing(DICTIONARY, content))
    note, loaded = unpack_page(packed, "a page", lambda _: dictionary_of(content))
    assert loaded == body
    assert note.dictionary == DICTIONARY


@pytest.mark.fuzz
@settings(max_examples=examples(60), deadline=None)
@given(offset=st.integers(0), mask=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_page_is_refused_or_says_the_same(offset: int, mask: int, *, cut: bool) -> None:
    body = b"mine" + FRAME + b"mine, too"
    packed = bytearray(pack_page(note_of(body), body, ready_for_packing(DICTIONARY, FRAME)))
    offset %= len(packed)
    packed[offset] ^= mask
    try:
        loaded = unpack_page(bytes(packed[:offset] if cut else packed), "a page", lambda _: dictionary_of(FRAME))
    except CorruptPageError:
        return
    assert loaded[1] == body


def test_the_page_of_another_dictionary_is_refused() -> None:
    packed = pack_page(note_of(FRAME), FRAME, ready_for_packing(DICTIONARY, FRAME))
    with pytest.raises(CorruptPageError):
        unpack_page(packed, "a page", lambda _: dictionary_of(FRAME[::-1]))


def test_the_zstd_tool_prints_the_page_with_its_dictionary(tmp_path: Path) -> None:
    zstd = shutil.which("zstd")
    if zstd is None:
        pytest.skip("no zstd on this machine")
    store = PageStore(str(tmp_path))
    place = _put_alike(store, ENOUGH + 1)[-1]
    unpacked = tmp_path / "d"
    command = [zstd, "-dc", str(tmp_path / _dictionary(store, place))]
    unpacked.write_bytes(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    command = [zstd, "-dc", "-D", str(unpacked), str(tmp_path / place)]
    assert subprocess.run(command, capture_output=True, check=True, timeout=60).stdout == alike(ENOUGH)


# What is missing or wrong


def _gone(file: Path) -> None:
    file.unlink()


def _cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _other_content(file: Path) -> None:
    file.write_bytes(zstandard.compress(FRAME))


def _no_zstandard(file: Path) -> None:
    file.write_bytes(b"<html>")


every_harm = pytest.mark.parametrize("harm", [_gone, _cut_off, _other_content, _no_zstandard])


@every_harm
def test_a_dictionary_that_is_gone_or_damaged_is_named_with_what_to_do(
    store: PageStore, harm: Callable[[Path], None]
) -> None:
    places = _put_alike(store, ENOUGH + 1)
    file = Path(str(store.root)) / _dictionary(store, places[-1])
    harm(file)
    later = PageStore(str(store.root))
    with pytest.raises(DictionaryError) as raised:
        later.load(places[-1])
    assert str(file) in str(raised.value)
    assert "restore it from a backup" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert later.note(places[-1]) == store.note(places[-1])
    assert [later.load(place)[1] for place in places[:-1]] == [alike(number) for number in range(ENOUGH)]


@every_harm
def test_pages_are_stored_and_read_though_the_newest_dictionary_is_gone_or_damaged(
    store: PageStore, harm: Callable[[Path], None]
) -> None:
    old = _dictionary(store, _put_alike(store, ENOUGH + 1)[-1])
    harm(Path(str(store.root)) / old)
    later = PageStore(str(store.root))
    (place,) = _put_alike(later, 1, first=500)
    assert later.load(place)[1] == alike(500)
    assert _dictionary(later, place) != old


def test_a_dictionary_that_is_restored_serves_again(store: PageStore) -> None:
    place = _put_alike(store, ENOUGH + 1)[-1]
    file = store.root / _dictionary(store, place)
    content = file.read_bytes()
    file.unlink()
    later = PageStore(str(store.root))
    with pytest.raises(DictionaryError):
        later.load(place)
    file.write_bytes(content)
    assert later.load(place)[1] == alike(ENOUGH)


@pytest.mark.parametrize(
    "place", ["../outside.zst", "/etc/passwd", "", DICTIONARY.replace("map_stats", ".."), f"{DICTIONARY}\n"]
)
def test_a_dictionary_outside_of_the_archive_is_refused(tmp_path: Path, place: str) -> None:
    dictionaries = Dictionaries(place_of(str(tmp_path / "archive")))
    for use in (dictionaries.for_unpacking, dictionaries.for_packing, made_at):
        with pytest.raises(DictionaryError, match="not the path of a dictionary"):
            use(place)


@pytest.mark.fuzz
@settings(max_examples=examples(60), deadline=None)
@given(offset=st.integers(0), mask=st.integers(1, 255), cut=st.booleans())
def test_no_flipped_byte_of_a_dictionary_is_believed(offset: int, mask: int, *, cut: bool) -> None:
    root = place_of(memory_location())
    content = bytearray(zstandard.compress(FRAME))
    offset %= len(content)
    content[offset] ^= mask
    (root / DICTIONARY).parent.mkdir(parents=True)
    (root / DICTIONARY).write_bytes(bytes(content[:offset] if cut else content))
    try:
        found: PackingDictionary | None = Dictionaries(root).for_packing(DICTIONARY)
    except DictionaryError:
        found = None
    assert found is None or found.data.as_bytes() == FRAME


def test_a_dictionary_that_cannot_be_written_is_told_in_one_line_and_no_page_needs_it(store: PageStore) -> None:
    places = _put_alike(store, ENOUGH)
    (Path(str(store.root)) / FOLDER).write_text("in the way")
    with pytest.raises(ArchiveError, match="HLTV_ARCHIVE") as raised:
        _put_alike(store, 1, first=ENOUGH)
    assert "\n" not in str(raised.value)
    assert [store.load(place)[1] for place in places] == [alike(number) for number in range(ENOUGH)]


# Many at once, and killed ones


@pytest.mark.parametrize("stores", [1, 4], ids=["one store", "stores of their own"])
def test_many_writers_at_once_leave_pages_that_all_can_be_read(location: str, stores: int) -> None:
    shared = [PageStore(location) for _ in range(stores)]
    each = ENOUGH + 1
    places: list[list[str]] = [[] for _ in range(4)]

    def write(number: int) -> None:
        places[number] = _put_alike(shared[number % stores], each, first=number * each)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    later = PageStore(location)
    assert [later.load(place)[1] for some in places for place in some] == [alike(n) for n in range(4 * each)]
    assert 1 <= len(_dictionary_files(later)) <= stores


@pytest.mark.kill
def test_a_writer_killed_at_any_line_leaves_no_page_whose_dictionary_is_not_there(tmp_path: Path) -> None:
    template = PageStore(str(tmp_path / "template"))
    for number in range(ENOUGH):
        put_small(template, number)
    command = [sys.executable, "-m", "hltv_assets_tests.archive.killed_writer", "at-line", "dictionary", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    left = {"no dictionary": 0, "a dictionary without pages": 0, "a page with its dictionary": 0}
    for line in range(int(done.stdout)):
        store = PageStore(str(tmp_path / f"{line:03}"))
        places = sorted(
            str(file.relative_to(str(store.root)))
            for file in files_below(Path(str(store.root)))
            if file.name.endswith(".html.zst")
        )
        bodies = {store.load(place)[1] for place in places}
        assert bodies == {small(number) for number in range(len(places))}
        if len(places) > ENOUGH:
            left["a page with its dictionary"] += 1
        else:
            files = [name for name in _dictionary_files(store) if name.endswith(".zst")]
            left["a dictionary without pages" if files else "no dictionary"] += 1
    assert all(left.values()), left


# Other archives


def _archived_elsewhere(tmp_path: Path) -> tuple[PageStore, Path]:
    store = PageStore(str(tmp_path / "other/raw"))
    return store, tmp_path / "other/raw" / _put_alike(store, ENOUGH + 1)[-1]


def test_a_page_of_another_archive_is_imported_with_the_dictionary_that_lies_there(tmp_path: Path) -> None:
    _, file = _archived_elsewhere(tmp_path)
    (page,) = saved_pages(file, 1_000_000)
    assert (page.content, page.url) == (alike(ENOUGH), URL)


def test_a_page_of_another_archive_without_its_dictionary_is_refused_and_the_dictionary_named(tmp_path: Path) -> None:
    store, file = _archived_elsewhere(tmp_path)
    dictionary = _dictionary(store, str(file.relative_to(tmp_path / "other/raw")))
    lone = tmp_path / file.name
    shutil.copy(file, lone)
    (page,) = saved_pages(lone, 1_000_000)
    assert isinstance(page.content, PageError)
    assert dictionary in page.content.message
