"""An S3 server on loopback, and buckets in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self
from uuid import uuid4

import msgspec
from moto.server import ThreadedMotoServer
from upath import UPath


class Bucket(msgspec.Struct, frozen=True):
    """A bucket, empty when it is made."""

    url: str

    @staticmethod
    def environment(server: str) -> Mapping[str, str]:
        """Return what a process must have in its environment to reach the server; the keys are invented."""
        return {
            "AWS_ENDPOINT_URL": server,
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }

    @classmethod
    def make(cls) -> Self:
        """Make a bucket on the server of the environment."""
        url = f"s3://{uuid4().hex}"
        UPath(url).mkdir()
        return cls(url)


@contextmanager
def serve_bucket() -> Iterator[str]:
    """Run an S3 server on a free port of loopback, and yield its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
