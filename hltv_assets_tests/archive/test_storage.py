"""Writing whole files: there or not there, whatever happens meanwhile, on a disk and in an object store."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hltv_assets.archive.errors import ArchiveError
from hltv_assets.archive.storage import files_below, place_of, write_whole
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.killed_writer import LARGE
from hltv_assets_tests.archive.storing import (
    BODY,
    KIND,
    MAP,
    MATCH,
    note_of,
    on_both_kinds_of_place,
)
from hltv_assets_tests.archive.storing import (
    files_below as paths_below,
)
from testkit.places import PROJECT

WRITER = (sys.executable, "-m", "hltv_assets_tests.archive.killed_writer")


@on_both_kinds_of_place
def test_a_file_is_written_with_its_folders_and_replaced_as_a_whole(location: str) -> None:
    file = place_of(location) / "some/folder/file.bin"
    for content in (b"first, and longer", b"second", b""):
        write_whole(file, content)
        assert file.read_bytes() == content
    assert [other.name for other in file.parent.iterdir()] == ["file.bin"]


def test_a_reader_sees_the_old_or_the_new_file_never_a_part(tmp_path: Path) -> None:
    file, contents = tmp_path / "file", {bytes([letter]) * 3_000_000 for letter in b"abc"}
    write_whole(place_of(str(file)), b"a" * 3_000_000)
    done = threading.Event()

    def write() -> None:
        for content in sorted(contents) * 8:
            write_whole(place_of(str(file)), content)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(file.read_bytes())
    writer.join()
    assert seen <= contents


def test_many_writers_of_one_file_leave_one_whole_file(tmp_path: Path) -> None:
    file = place_of(str(tmp_path / "file"))
    contents = [bytes([number]) * 200_000 for number in range(8)]
    writers = [threading.Thread(target=write_whole, args=(file, content)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert file.read_bytes() in contents
    assert len(paths_below(tmp_path)) == 1


@contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Whoever may do everything (in a container, say) is nobody meanwhile."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_folder_that_cannot_be_listed_is_told_and_not_passed_over() -> None:
    with TemporaryDirectory() as location:
        folder = Path(location)
        folder.chmod(0o755)
        for name in ("closed", "open"):
            write_whole(place_of(f"{folder}/{name}/file"), BODY)
        assert files_below(place_of(location)) == ["closed/file", "open/file"]
        (folder / "closed").chmod(0o000)
        with as_somebody_without_rights(), pytest.raises(ArchiveError, match=r"closed|Permission denied"):
            files_below(place_of(location))
    assert files_below(place_of(location)) == []


@pytest.mark.parametrize("scheme", ["file", "local"])
def test_a_local_folder_may_be_named_as_an_address(tmp_path: Path, scheme: str) -> None:
    write_whole(place_of(f"{scheme}://{tmp_path}/folder/file"), BODY)
    assert (tmp_path / "folder" / "file").read_bytes() == BODY


def test_a_full_disk_leaves_no_file_and_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArchiveError, match=r"No space left on device.*HLTV_ARCHIVE") as raised:
        write_whole(place_of(str(tmp_path / "folder/file")), BODY)
    assert "\n" not in str(raised.value)
    assert str(tmp_path / "folder/file") in str(raised.value)
    assert paths_below(tmp_path) == []


def test_an_interrupted_writer_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(place_of(str(tmp_path / "file")), BODY)
    assert paths_below(tmp_path) == []


# Killed writers


def _killed_at_every_line(what: str, folder: Path) -> list[Path]:
    """Let a writer die at every line, in copies of the template; return them, one for each line."""
    command = [*WRITER, "at-line", what, str(folder)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    lines = int(done.stdout)
    assert lines > 15
    return [folder / f"{line:03}" for line in range(lines)]


@pytest.mark.kill
def test_a_writer_killed_at_any_line_leaves_no_page_or_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    left = {"nothing": 0, "a page": 0, "an unfinished file": 0}
    for folder in _killed_at_every_line("page", tmp_path):
        store = PageStore(str(folder))
        place = store.newest(KIND, MAP, MATCH)
        if place is None:
            left["nothing"] += 1
            left["an unfinished file"] += bool(paths_below(folder))
        else:
            left["a page"] += 1
            assert store.load(place) == (note_of(), BODY)
    assert all(left.values()), left


@pytest.mark.kill
def test_a_writer_killed_at_any_line_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    write_whole(place_of(str(tmp_path / "template/file")), b"old")
    contents = [(folder / "file").read_bytes() for folder in _killed_at_every_line("file", tmp_path)]
    assert set(contents) == {b"old", BODY}
    assert contents == sorted(contents, key=[b"old", BODY].index)


@pytest.mark.kill
@pytest.mark.parametrize("seconds", [0.05, 0.13, 0.29])
def test_a_writer_killed_at_any_moment_leaves_whole_pages_only(tmp_path: Path, seconds: float) -> None:
    command = [*WRITER, "endless", str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "started\n"
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
    store = PageStore(str(tmp_path))
    pages = [path for path in paths_below(tmp_path) if path.name.endswith(".html.zst")]
    assert pages
    assert store.newest(KIND, MAP, MATCH) == str(pages[-1].relative_to(tmp_path))
    for page in pages:
        assert len(store.load(str(page.relative_to(tmp_path)))[1]) == LARGE
    assert all(path.suffix == ".part" for path in paths_below(tmp_path) if path not in pages)
