"""The file of a page: any zstd tool reads it, and damage of any sort is seen before it is believed."""

import io
import shutil
import struct
import subprocess
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hltv_assets.archive.errors import CorruptPageError
from hltv_assets.archive.page_file import pack_page, read_note, sha256_of, unpack_page
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import BODY, MAP, memory_location, no_dictionary, note_of, put
from testkit.examples import examples

NOTE = note_of()
FILE = pack_page(NOTE, BODY)
PLACE = put(PageStore(memory_location()))
FRAME_START = 8 + struct.unpack_from("<I", FILE, 4)[0]


def _refused_or_unchanged(packed: bytes, place: str = PLACE) -> bool:
    """Return whether a file is refused; if it is not, it must say what the whole file said."""
    try:
        loaded = unpack_page(packed, place, no_dictionary)
    except CorruptPageError as error:
        message = str(error)
        assert place in message
        assert "\n" not in message
        return True
    assert loaded == (NOTE, BODY)
    return False


# The format


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(body=st.binary(max_size=5_000))
def test_a_page_comes_out_of_its_file_as_it_went_in(body: bytes) -> None:
    note = note_of(body)
    packed = pack_page(note, body)
    assert unpack_page(packed, PLACE, no_dictionary) == (note, body)
    assert read_note(packed, PLACE) == note


def test_a_large_page_comes_out_as_it_went_in() -> None:
    body = BODY * 5_000
    assert unpack_page(pack_page(note_of(body), body), PLACE, no_dictionary)[1] == body


def test_the_zstd_tool_prints_the_page(tmp_path: Path) -> None:
    zstd = shutil.which("zstd")
    if zstd is None:
        pytest.skip("no zstd on this machine")
    store = PageStore(str(tmp_path))
    file = tmp_path / put(store)
    printed = subprocess.run([zstd, "-dc", str(file)], capture_output=True, check=True, timeout=60)
    assert printed.stdout == BODY


def test_a_reader_of_zstd_streams_skips_the_note() -> None:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(FILE), read_across_frames=True) as reader:
        assert reader.read() == BODY


def test_the_note_can_be_read_without_the_page() -> None:
    assert read_note(FILE[:FRAME_START], PLACE) == NOTE
    assert read_note(FILE[: FRAME_START + 5] + b"damaged", PLACE) == NOTE


def test_the_hash_is_that_of_the_page_not_of_the_file() -> None:
    assert sha256_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert NOTE.sha256 == sha256_of(BODY) != sha256_of(FILE)


# Damage


@pytest.mark.parametrize("mask", [0x01, 0x02, 0x20, 0x80, 0xFF])
def test_no_flipped_bits_of_the_note_are_believed(mask: int) -> None:
    believed, crashed = [], []
    for offset in range(FRAME_START):
        try:
            _refused_or_unchanged(_flipped(offset, mask))
        except AssertionError:
            believed.append(offset)
        except Exception as error:  # noqa: BLE001 - what else it raises is what is asked
            crashed.append((offset, repr(error)))
    assert (believed, crashed) == ([], [])


@pytest.mark.parametrize("offset", range(FRAME_START, FRAME_START + 18))
def test_no_byte_at_the_head_of_the_page_may_be_another(offset: int) -> None:
    """The frame's header holds a size of its own, which must not be trusted."""
    for mask in range(1, 256):
        _refused_or_unchanged(_flipped(offset, mask))


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(offset=st.integers(FRAME_START, len(FILE) - 1), mask=st.integers(1, 255))
def test_no_flipped_byte_of_the_page_is_believed(offset: int, mask: int) -> None:
    _refused_or_unchanged(_flipped(offset, mask))


def _flipped(offset: int, mask: int) -> bytes:
    damaged = bytearray(FILE)
    damaged[offset] ^= mask
    return bytes(damaged)


def test_a_file_cut_off_anywhere_is_refused() -> None:
    assert [length for length in range(len(FILE)) if not _refused_or_unchanged(FILE[:length])] == []


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(cut=st.integers(0, len(FILE)), start=st.integers(0, len(FILE)), filling=st.binary(max_size=64))
@example(cut=len(FILE), start=len(FILE), filling=b"appended")
@example(cut=FRAME_START, start=len(FILE), filling=b"")
@example(cut=0, start=FRAME_START, filling=b"")
def test_a_file_that_was_spliced_is_refused_or_says_the_same(cut: int, start: int, filling: bytes) -> None:
    _refused_or_unchanged(FILE[:cut] + filling + FILE[start:])


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(content=st.binary(max_size=300))
@example(content=FILE[:8])
@example(content=FILE[:4] + b"\0\0\0\0")
@example(content=FILE[:4] + struct.pack("<I", 2) + b"{}" + FILE[FRAME_START:])
@example(content=FILE[:4] + struct.pack("<I", 4) + b"null" + FILE[FRAME_START:])
@example(content=FILE[FRAME_START:])
def test_bytes_that_are_no_page_are_refused(content: bytes) -> None:
    assert _refused_or_unchanged(content)
    with pytest.raises(CorruptPageError):
        read_note(content[: FRAME_START - 1], PLACE)


def test_the_page_of_another_file_behind_a_note_is_refused() -> None:
    other = pack_page(note_of(b"other"), b"other")
    spliced = FILE[:FRAME_START] + other[8 + struct.unpack_from("<I", other, 4)[0] :]
    with pytest.raises(CorruptPageError, match="SHA-256"):
        unpack_page(spliced, PLACE, no_dictionary)


def test_a_page_that_would_fill_the_memory_is_refused_before_it_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor(level=1).compress(bytes(300_000_000))
    tracemalloc.start()
    try:
        assert _refused_or_unchanged(FILE[:FRAME_START] + bomb)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.fuzz
@settings(max_examples=examples(40), deadline=None)
@given(offset=st.integers(0, len(FILE) - 1), mask=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_file_on_disk_never_loads_as_something_else(
    tmp_path_factory: pytest.TempPathFactory, offset: int, mask: int, *, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    store = PageStore(str(folder))
    place = put(store)
    (folder / place).write_bytes(FILE[:offset] if cut else _flipped(offset, mask))
    try:
        loaded = store.load(place)
    except CorruptPageError as error:
        assert str(folder / place) in str(error)  # noqa: PT017 - either way is allowed, this one with its message
    else:
        assert loaded == (NOTE, BODY)


def test_a_corrupt_file_is_named_by_its_whole_path_so_that_a_person_can_move_it(tmp_path: Path) -> None:
    store = PageStore(str(tmp_path))
    place = put(store)
    (tmp_path / place).write_bytes(b"")
    for read in (store.load, store.note):
        with pytest.raises(CorruptPageError) as raised:
            read(place)
        assert str(tmp_path / place) in str(raised.value)
    assert store.newest(NOTE.page_kind, MAP, NOTE.match_id) == place
