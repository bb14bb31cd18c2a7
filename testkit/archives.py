"""Fixtures of archives: a place for pages, in a folder or in a bucket; a plugin of pytest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hltv_assets.archive.store import PageStore
from testkit.bucket import Bucket, serve_bucket


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    with serve_bucket() as address:
        yield address


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket; its server and its keys stand in the environment, as they do for users."""
    for name, value in Bucket.environment(s3_server).items():
        monkeypatch.setenv(name, value)
    return Bucket.make()


@pytest.fixture
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an archive may be made that is not there yet: in a folder, or where the test's parameter says."""
    if getattr(request, "param", "") == "a bucket":
        return f"{request.getfixturevalue('bucket').url}/archive"
    return str(tmp_path / "deep/archive")


@pytest.fixture
def store(location: str) -> PageStore:
    """An empty archive at that place."""
    return PageStore(location)
