"""How much room the archive takes."""

import os
from pathlib import Path

import msgspec

from hltv_assets.archive.storage import is_local
from hltv_assets.archive.store import PageStore


class ArchiveSize(msgspec.Struct, frozen=True):
    """Files of the archive (pages, dictionaries and manifests), and their bytes."""

    files: int
    bytes: int


def archive_size(archive: PageStore) -> ArchiveSize | None:
    """Return how much room an archive on a local path takes.

    None for one in an object store: telling it takes a request for every thousand files, and the store's own page shows
    it without one.
    """
    if not is_local(archive.root):
        return None
    sizes = [
        (Path(folder) / name).stat().st_size
        for folder, _, names in os.walk(str(archive.root))
        for name in names
        if not name.endswith(".part")
    ]
    return ArchiveSize(len(sizes), sum(sizes))
