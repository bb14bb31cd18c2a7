"""What becomes of a test whose tier cannot run on this machine."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the running test because something that it needs is missing; in CI, where all tiers run, it fails."""
    message = f"needs {what}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
