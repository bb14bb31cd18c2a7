"""Copying an archive into another place, page by page, so that no page is there without what it needs.

Pages and dictionaries never change and are never removed, so what is there already is left alone: a copy that was cut
off goes on where it was, and copying again costs only what is new.
"""

from collections.abc import Callable
from functools import partial

import msgspec
import zstandard

from hltv_assets.archive.errors import ArchiveError, CorruptPageError, DictionaryError, ManifestError, MissingPageError
from hltv_assets.archive.manifest import checked_manifest, manifest_folder
from hltv_assets.archive.storage import files_below, read_whole, write_once
from hltv_assets.archive.store import PageStore

Manifests = dict[str, msgspec.Raw]


class Copied(msgspec.Struct):
    """What a copy came to: pages, bytes of the files that were new, and what is wrong with those that were left out."""

    pages: int = 0
    new: int = 0
    bytes: int = 0
    problems: list[str] = []


def copy_pages(source: PageStore, target: PageStore, watch: Callable[[int, int], None]) -> Copied:
    """Copy all pages that the target lacks, each checked by its SHA-256; tell `watch` how many of how many are done.

    Pages that are damaged are left out and told. Raises `ArchiveError` if one of the archives cannot be used.
    """
    # In this order: a dictionary is there before the first page that needs it, so those listed now have theirs.
    pages = source.places()
    copied = Copied(pages=len(pages))
    known = set(target.dictionaries.places())
    for place in source.dictionaries.places():
        if place not in known:
            _count(copied, partial(target.dictionaries.copy_from, source.dictionaries, place))
    known = set(target.places())
    for number, place in enumerate(pages, 1):
        if place not in known:
            copied.new += _count(copied, partial(target.copy_from, source, place))
        watch(number, len(pages))
    return copied


def _count(copied: Copied, copy: Callable[[], int]) -> bool:
    try:
        copied.bytes += copy()
    except (CorruptPageError, MissingPageError, DictionaryError) as error:
        copied.problems.append(str(error))
        return False
    return True


def read_manifests(archive: PageStore) -> tuple[Manifests, list[str]]:
    """Return all manifests of an archive, by their place among them, and what is wrong with those that were left out.

    Raises `ArchiveError` if they cannot be read.
    """
    folder = manifest_folder(archive)
    manifests: Manifests = {}
    problems = []
    for name in files_below(folder):
        if name.endswith(".json"):
            content = read_whole(folder / name)
            try:
                checked_manifest(content, folder / name)
            except ManifestError as error:
                problems.append(str(error))
            else:
                manifests[name] = msgspec.Raw(content)
    return manifests, problems


def write_manifests(archive: PageStore, manifests: Manifests) -> None:
    """Put manifests into an archive, but for those that it has: they are newer."""
    folder = manifest_folder(archive)
    known = set(files_below(folder))
    for name, content in manifests.items():
        if name not in known:
            write_once(folder / name, bytes(content))


def pack_manifests(manifests: Manifests) -> bytes:
    """Return manifests as one file: packed JSON."""
    return zstandard.ZstdCompressor().compress(msgspec.json.encode(manifests))


def unpack_manifests(packed: bytes, place: str) -> Manifests:
    """Return the manifests of a file; raises `ArchiveError` if it is not one that `pack_manifests` made."""
    try:
        return msgspec.json.decode(zstandard.ZstdDecompressor().decompress(packed), type=Manifests)
    except (zstandard.ZstdError, ValueError) as error:
        raise ArchiveError(f"{place} cannot be read ({error}); take an older backup") from None
