"""The manifest of a batch: the stored output of the raw asset."""

import dagster as dg
import msgspec
from upath import UPath

from hltv_assets.archive.errors import ManifestError
from hltv_assets.archive.manifest import Manifest, load_manifest, manifest_folder
from hltv_assets.archive.storage import write_whole
from hltv_assets.archive.store import PageStore


class BatchFileIOManager(dg.UPathIOManager):
    """One file per batch, written whole or not at all, at `<folder>/<asset>/<partition key>.<extension>`."""

    def get_path_for_partition(self, context: dg.InputContext | dg.OutputContext, path: UPath, partition: str) -> UPath:
        """Return the file of a batch; a key that would leave the folder is refused."""
        del context
        if "/" in partition or "\\" in partition or partition in {".", ".."}:
            raise ManifestError(f"{partition!r} is not a batch key")
        return path / partition

    def make_directory(self, path: UPath) -> None:
        """Do nothing: folders are made when a file is written."""

    def _handle_transition_to_partitioned_asset(self, context: dg.OutputContext, path: UPath) -> None:
        """Leave a file alone that lies where the folder should be; the base class would delete it."""


class ManifestIOManager(BatchFileIOManager):
    """Stores the manifest of a batch."""

    extension = ".json"

    def __init__(self, store: PageStore) -> None:
        super().__init__(base_path=manifest_folder(store))

    def dump_to_path(self, context: dg.OutputContext, obj: Manifest, path: UPath) -> None:
        """Store a manifest."""
        del context
        write_whole(path, msgspec.json.format(msgspec.json.encode(obj)))

    def load_from_path(self, context: dg.InputContext, path: UPath) -> Manifest:
        """Return a manifest; raises `ManifestError` if there is none: the batch was never fetched whole."""
        del context
        return load_manifest(path)
