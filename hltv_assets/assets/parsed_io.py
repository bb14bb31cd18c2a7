"""Where batches lie between the steps: one file a batch, its content checked when it is loaded."""

import dagster as dg
import msgspec
import zstandard
from upath import UPath

from hltv_assets.archive.errors import ManifestError
from hltv_assets.archive.storage import write_whole
from hltv_assets.assets.manifest_io import BatchFileIOManager
from hltv_assets.pipeline.parse import ParsedBatch
from hltv_assets.warehouse.batch_members import PendingBatch


class PendingBatchIOManager(BatchFileIOManager):
    """Stores the members of a batch, and what each still needs, as JSON."""

    extension = ".json"

    def dump_to_path(self, context: dg.OutputContext, obj: PendingBatch, path: UPath) -> None:
        """Store a batch's members."""
        del context
        write_whole(path, msgspec.json.encode(obj))

    def load_from_path(self, context: dg.InputContext, path: UPath) -> PendingBatch:
        """Return a batch's members; raises `ManifestError` if they are not there, or cannot be read."""
        del context
        try:
            return msgspec.json.decode(path.read_bytes(), type=PendingBatch)
        except (FileNotFoundError, msgspec.DecodeError):
            raise ManifestError(f"{path} is not there or cannot be read; materialize the pending asset again") from None


class ParsedBatchIOManager(BatchFileIOManager):
    """Stores read batches as compressed JSON.

    A page that was not parsed again, because its rows are loaded, stays in the file as it was: running a
    finished batch again does not empty it.
    """

    extension = ".json.zst"

    def dump_to_path(self, context: dg.OutputContext, obj: ParsedBatch, path: UPath) -> None:
        """Store a read batch."""
        del context
        before = self._read(path) if obj.unchanged and path.exists() else None
        kept = [page for page in before.pages if page.page_id in obj.unchanged] if before else []
        whole = msgspec.structs.replace(obj, pages=(*obj.pages, *kept))
        write_whole(path, zstandard.compress(msgspec.json.encode(whole)))

    def load_from_path(self, context: dg.InputContext, path: UPath) -> ParsedBatch:
        """Return a read batch; raises `ManifestError` if it was not read yet, or by a version that wrote otherwise."""
        del context
        found = self._read(path) if path.exists() else None
        if found is None:
            raise ManifestError(f"{path} is not there or cannot be read; materialize the parsed asset again")
        return found

    def _read(self, path: UPath) -> ParsedBatch | None:
        try:
            return msgspec.json.decode(zstandard.decompress(path.read_bytes()), type=ParsedBatch)
        except (zstandard.ZstdError, msgspec.DecodeError):
            return None
