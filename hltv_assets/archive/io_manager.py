"""Dagster's way to a batch: its manifest is the stored output of the raw asset, and loads as the pages it names."""

import dagster as dg
import msgspec
from upath import UPath

from hltv_assets.archive.errors import ManifestError
from hltv_assets.archive.manifest import ArchivedBatch, Manifest
from hltv_assets.archive.places import read_whole, write_whole
from hltv_assets.archive.store import PageStore


class BatchFileIOManager(dg.UPathIOManager):
    """One file a batch, written whole or not at all, at `<folder>/<asset>/<partition key>.<extension>`."""

    def get_path_for_partition(self, context: dg.InputContext | dg.OutputContext, path: UPath, partition: str) -> UPath:
        """Return the file of a batch; a key that would leave the folder is refused."""
        del context
        if "/" in partition or "\\" in partition or partition in {".", ".."}:
            raise ManifestError(f"{partition!r} is no batch key")
        return path / partition

    def make_directory(self, path: UPath) -> None:
        """Do nothing: folders are made when a file is written."""

    def _handle_transition_to_partitioned_asset(self, context: dg.OutputContext, path: UPath) -> None:
        """Leave a file alone that lies where the folder should be; the base class would delete it."""


class ManifestIOManager(BatchFileIOManager):
    """Stores the manifest of a batch, and loads it as a lazy sequence of its pages, hashes checked."""

    extension = ".json"

    def __init__(self, store: PageStore) -> None:
        super().__init__(base_path=store.root / "manifests")
        self._store = store

    def dump_to_path(self, context: dg.OutputContext, obj: Manifest, path: UPath) -> None:
        """Store a manifest."""
        del context
        write_whole(path, msgspec.json.format(msgspec.json.encode(obj)))

    def load_from_path(self, context: dg.InputContext, path: UPath) -> ArchivedBatch:
        """Return the pages of a batch; raises `ManifestError` if it has no manifest: it was never fetched whole."""
        del context
        try:
            content = read_whole(path)
        except FileNotFoundError:
            raise ManifestError(
                f"batch {path.stem} has no manifest: its pages have not all arrived; materialize the raw asset first"
            ) from None
        try:
            manifest = msgspec.json.decode(content, type=Manifest)
        except ValueError as error:
            raise ManifestError(f"{path} cannot be read ({error}); materialize the raw asset again") from None
        if manifest.batch_key != path.stem:
            raise ManifestError(f"{path} is the manifest of {manifest.batch_key}; materialize the raw asset again")
        return ArchivedBatch(manifest, self._store)
