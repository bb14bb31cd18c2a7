"""Clients in processes of their own: each says when it is ready, asks at a word, and tells what it stored."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from testkit.asking import AT_MOST

_ASKER = """
import json, sys
from pathlib import Path
from testkit.asking import ask, client_of

base_url, folder, ids, knobs = json.loads(sys.argv[1])
client = client_of(base_url, state_folder=Path(folder), **knobs)
print("ready", flush=True)
sys.stdin.readline()
print(*sorted(ask(client, ids).stored_ids), flush=True)
"""


class Asker:
    """A process that asks for map pages."""

    def __init__(self, base_url: str, folder: Path, ids: Sequence[int], **knobs: float) -> None:
        arguments = json.dumps([base_url, str(folder), list(ids), knobs])
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ASKER, arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.went_at = 0.0  # by the clock of the site's arrivals

    def wait_until_ready(self) -> None:
        """Return when nothing but the word is missing."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        """Let it ask."""
        assert self._process.stdin is not None
        self.went_at = time.time()
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def stored(self) -> set[int]:
        """Wait for its end and return the maps whose pages it stored."""
        output, _ = self._process.communicate(timeout=AT_MOST)
        assert self._process.returncode == 0
        return {int(one) for one in output.split()}

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        self._process.kill()
        self._process.wait(AT_MOST)


@contextmanager
def running(askers: Iterable[Asker]) -> Iterator[list[Asker]]:
    """Start processes together; none survives the block."""
    started = list(askers)
    try:
        for asker in started:
            asker.wait_until_ready()
        for asker in started:
            asker.go()
        yield started
    finally:
        for asker in started:
            asker.kill()
