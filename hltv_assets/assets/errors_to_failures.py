"""Errors put into words at the edge: what Dagster shows is one line that says what happened and what to do now."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from hltv_assets.errors import HltvError


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn errors of the rooms into a `Failure` of the step; trying again at once would not help."""
    try:
        yield
    except HltvError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except OSError as error:
        # Locks and the pace of requests lie in the data folder, too.
        message = f"cannot write {error.filename}: {error.strerror}; check HLTV_DATA_DIR"
        raise dg.Failure(message, allow_retries=False) from None
