"""The bundled sample site: invented matches, answered from files through an httpx transport, without a network.

The files lie as the site's paths do, less the cosmetic slug: `stats/matches/mapstatsid/<id>.html.gz`; a page of the
listing is `results/<offset>.html.gz`.
"""

from importlib.resources import files
from pathlib import Path, PurePosixPath

import httpx

_PACKED = "sample_pages"


def sample_folder() -> Path:
    """Return the folder of the sample: packed into an installed package, `data/sample` in a checkout."""
    package = Path(str(files("hltv_assets.site")))
    packed = package / _PACKED
    return packed if packed.is_dir() else package.parent.parent / "data" / "sample"


class SampleTransport(httpx.AsyncBaseTransport):
    """Answers requests to the sample's host from its files; what is not there is a 404."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request with the file of its path, still compressed, as a server would send it."""
        parts = _parts(request.url)
        file = self._folder.joinpath(*parts).with_suffix(".html.gz") if parts else None
        if file is None or ".." in parts or not file.is_file():
            return httpx.Response(404, stream=httpx.ByteStream(b""), request=request)
        headers = {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(file.read_bytes()), request=request)


def _parts(url: httpx.URL) -> tuple[str, ...]:
    if url.path == "/results":
        return ("results", url.params.get("offset", "0"))
    return PurePosixPath(url.path).parts[1:-1]
