"""A site on this machine that answers as a test says: a real HTTP server, a port of its own, a log of requests."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import match_path, page_path


@dataclass(frozen=True)
class Answer:
    """What the site sends for a page."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    # Sent as Content-Length; a length beyond the body makes a transfer that breaks off.
    announced_length: int | None = None
    # Seconds of rest before each of ten pieces of the body.
    rest: float = 0.0

    def pieces(self) -> Iterator[bytes]:
        """The body as it is sent."""
        if not self.rest:
            yield self.body
            return
        length = len(self.body) // 10 + 1
        for start in range(0, len(self.body), length):
            time.sleep(self.rest)
            yield self.body[start : start + length]


def page(html: str | bytes) -> Answer:
    """Return the answer that a healthy site gives."""
    body = html.encode() if isinstance(html, str) else html
    return Answer(body, headers={"content-type": "text/html; charset=utf-8"})


@dataclass
class LoopbackSite:
    """The running site; `answers` maps a path, with or without its slug, to what is sent, all else is a 404.

    `before_answer` is called with the path of each request, in the thread that answers it; if it raises a
    `ConnectionError`, the site hangs up. `robots` is what it says at /robots.txt. `headers` are those of each request,
    by lower-case name.
    """

    base_url: str
    answers: dict[str, Answer]
    requested: list[str]
    before_answer: Callable[[str], None] | None = None
    headers: list[Mapping[str, str]] = field(default_factory=list)
    robots: Answer = Answer(status=404)
    # Every request with the time at which it came in, that of robots.txt too, which the other logs leave out.
    arrivals: list[tuple[float, str]] = field(default_factory=list)

    @property
    def robots_asked(self) -> int:
        """How often robots.txt was asked for."""
        return [path for _, path in self.arrivals].count("/robots.txt")

    def publish(self, page_id: int, answer: Answer, kind: PageKind = PageKind.MAP_STATS) -> None:
        """Put a page on the site, or replace it; of the listing, `page_id` is the offset."""
        self.answers[path_of(kind, page_id)] = answer

    def requests_by_page(self, kind: PageKind = PageKind.MAP_STATS) -> Counter[int]:
        """Return how often each page of a kind was asked for."""
        found = (match_path(path, kind) for path in self.requested)
        return Counter(page[0] for page in found if page)


def map_page_path(mapstatsid: int) -> str:
    """Return a map page's path without its slug."""
    return path_of(PageKind.MAP_STATS, mapstatsid)


def path_of(kind: PageKind, page_id: int) -> str:
    """Return a page's path without its slug."""
    path = page_path(kind, page_id, None)
    return path if kind is PageKind.RESULTS else path.rpartition("/")[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about a client that hung up, or a test that did."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve() -> Iterator[LoopbackSite]:
    """Serve a site until the end of the block."""
    site = LoopbackSite("", {}, [])
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path if self.path.startswith("/results") else urlsplit(self.path).path
            with lock:
                site.arrivals.append((time.time(), path))
            if path == "/robots.txt":
                self._send(site.robots)
                return
            site.requested.append(path)
            site.headers.append({name.lower(): value for name, value in self.headers.items()})
            if site.before_answer is not None:
                site.before_answer(path)
            answer = site.answers.get(path) or site.answers.get(path.rpartition("/")[0]) or Answer(status=404)
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            announced = len(answer.body) if answer.announced_length is None else answer.announced_length
            self.send_header("content-length", str(announced))
            self.end_headers()
            for piece in answer.pieces():
                self.wfile.write(piece)
            if announced != len(answer.body):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep quiet: the log is `requested`."""

    server = _Server(("127.0.0.1", 0), Handler)
    site.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
