"""Errors put into words at the edge: what Dagster shows is one line that says what happened and what to do now."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from hltv_assets.archive.errors import ArchiveError
from hltv_assets.pipeline.parse_pool import ReadingCutOffError
from hltv_assets.warehouse.batch_lock import BatchBusyError
from hltv_assets.warehouse.errors import WarehouseError


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn errors of the rooms into a `Failure` of the step; trying again at once would not help."""
    try:
        yield
    except (ArchiveError, WarehouseError, BatchBusyError, ReadingCutOffError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except OSError as error:
        # Locks and the pace of requests lie in the data folder, too.
        message = f"cannot write {error.filename}: {error.strerror}; check HLTV_DATA_DIR"
        raise dg.Failure(message, allow_retries=False) from None
