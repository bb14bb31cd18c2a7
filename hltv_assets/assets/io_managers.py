"""Where the steps of a batch store what the next one needs: one file per batch, checked when it is loaded."""

from typing import Any, ClassVar

import dagster as dg
import msgspec
import zstandard
from upath import UPath

from hltv_assets.archive.errors import ManifestError
from hltv_assets.archive.manifest import Manifest, load_manifest, manifest_folder
from hltv_assets.archive.storage import write_whole
from hltv_assets.archive.store import PageStore
from hltv_assets.pipeline.parse import ParsedBatch
from hltv_assets.warehouse.batch_members import PendingBatch


class BatchFileIOManager(dg.IOManager):
    """One file per batch, written whole or not at all, at `<folder>/<asset>/<partition key>.<extension>`."""

    extension: ClassVar[str] = ".json"

    def __init__(self, folder: UPath) -> None:
        self._folder = folder

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:  # noqa: ANN401 - as Dagster has it
        """Store what a step returned."""
        path = self._path(context)
        self.write(obj, path)
        context.add_output_metadata({"path": dg.MetadataValue.path(str(path))})

    def load_input(self, context: dg.InputContext) -> object:
        """Return what an earlier step stored; raises `ManifestError` if there is nothing that can be read."""
        return self.read(self._path(context))

    def write(self, obj: Any, path: UPath) -> None:  # noqa: ANN401 - each subclass has a type of its own
        """Write an object to its file."""
        write_whole(path, msgspec.json.encode(obj))

    def read(self, path: UPath) -> object:
        """Return the object in a file."""
        raise NotImplementedError

    def _path(self, context: dg.InputContext | dg.OutputContext) -> UPath:
        """The file of a batch; a key that would leave the folder is refused."""
        key = context.asset_partition_key
        if "/" in key or "\\" in key or key in {".", ".."}:
            raise ManifestError(f"{key!r} is not a batch key")
        return self._folder / context.asset_key.path[-1] / f"{key}{self.extension}"


class PendingBatchIOManager(BatchFileIOManager):
    """Stores the members of a batch, and what each still needs."""

    def read(self, path: UPath) -> PendingBatch:
        """Return a batch's members."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=PendingBatch)
        except (FileNotFoundError, msgspec.DecodeError):
            raise ManifestError(f"{path} is missing or unreadable; materialize the pending asset again") from None


class ManifestIOManager(BatchFileIOManager):
    """Stores the manifest of a batch in the archive."""

    def __init__(self, store: PageStore) -> None:
        super().__init__(manifest_folder(store))

    def write(self, obj: Manifest, path: UPath) -> None:
        """Write a manifest so that people can read it."""
        write_whole(path, msgspec.json.format(msgspec.json.encode(obj)))

    def read(self, path: UPath) -> Manifest:
        """Return a manifest; there is none if the batch was never fetched whole."""
        return load_manifest(path)


class ParsedBatchIOManager(BatchFileIOManager):
    """Stores parsed batches, compressed.

    A page that was not parsed again, because its rows are loaded, stays in the file as it was: running a finished batch
    again does not empty it.
    """

    extension = ".json.zst"

    def write(self, obj: ParsedBatch, path: UPath) -> None:
        """Write a parsed batch."""
        before = self._read(path) if obj.unchanged and path.exists() else None
        kept = [page for page in before.pages if page.page_id in obj.unchanged] if before else []
        whole = msgspec.structs.replace(obj, pages=(*obj.pages, *kept))
        write_whole(path, zstandard.compress(msgspec.json.encode(whole)))

    def read(self, path: UPath) -> ParsedBatch:
        """Return a parsed batch, unless it was never parsed, or by a version that wrote it in another form."""
        found = self._read(path) if path.exists() else None
        if found is None:
            raise ManifestError(f"{path} is missing or unreadable; materialize the parsed asset again")
        return found

    def _read(self, path: UPath) -> ParsedBatch | None:
        try:
            return msgspec.json.decode(zstandard.decompress(path.read_bytes()), type=ParsedBatch)
        except (zstandard.ZstdError, msgspec.DecodeError):
            return None
