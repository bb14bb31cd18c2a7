"""Killing (SIGKILL) what is under test at a named point or at each line that it runs: nothing half done may be left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import IO, Any

from testkit.places import PROJECT
from testkit.process_logs import watch_log

MAX_LINES = 500

# Named points


class WarmProcess:
    """A process that has imported everything, and forks off a child for each act; see `fork_for_each_line`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def act(self, *arguments: object) -> None:
        """Let a child act undisturbed, to its end."""
        self._end_of(arguments, 0)

    def die(self, *arguments: object) -> None:
        """Let a child act that kills itself meanwhile."""
        self._end_of(arguments, -signal.SIGKILL)

    def _end_of(self, arguments: Sequence[object], expected: int) -> None:
        watch_log(self._log)
        _send(self._process.stdin, arguments)
        answer = _next_line(self._process.stdout)
        assert answer == f"{expected}\n", f"ended with {answer!r}, not {expected}: {self._log.read_text()[-2_000:]}"


@contextmanager
def warm_process(module: str) -> Iterator[WarmProcess]:
    """Start a module that calls `fork_for_each_line`; in the end it is killed with all its children."""
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        command = [sys.executable, "-m", module]
        with subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield WarmProcess(process, Path(folder) / "log")
            finally:
                os.killpg(process.pid, signal.SIGKILL)


def fork_for_each_line(act: Callable[..., object]) -> None:
    """Read arguments from the standard input, a line for each act, and print how the child ended that acted with them.

    The process itself never acts: it opens no database and starts no thread, so each child is as good as a new process.
    (Libraries start idle threads when they are imported, and know what to do in a child: DuckDB, jemalloc, OpenBLAS.)
    What a child imported that came to its end is imported here, too, so that the next children need not.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed meanwhile belongs in the log
    for line in sys.stdin:
        assert threading.active_count() == 1, "a process with threads must not be forked"
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _act_and_leave(partial(act, *json.loads(line)), writing)
        os.close(writing)
        with os.fdopen(reading) as imported:
            names = imported.read().split()
        status = os.waitpid(child, 0)[1]
        for name in names:
            with suppress(ImportError):  # of what was imported, not everything can be imported by its name
                import_module(name)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def dying(original: Callable[..., Any], last_call: int) -> Callable[..., Any]:
    """Return a function that does what the original does, and kills its process before the last of its calls."""
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == last_call:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    return call


def _act_and_leave(act: Callable[[], object], writing: int) -> None:
    before = set(sys.modules)
    try:
        act()
        with os.fdopen(writing, "w") as imported:
            imported.write("\n".join(name for name in sys.modules if name not in before))
    except BaseException:  # noqa: BLE001 - a child must leave here, whatever happens
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _send(stream: IO[str] | None, arguments: Sequence[object]) -> None:
    assert stream is not None
    stream.write(json.dumps(arguments) + "\n")
    stream.flush()


def _next_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


# Each line


def die_at_each_line(folder: Path, act: Callable[[Path], object], code: str, *, max_runs: int = sys.maxsize) -> int:
    """Act, and die before each line in turn, in copies of the folder's `template`, each named by its line's number.

    Return how many lines there were; see `died_at_line`.
    """
    for line in range(MAX_LINES):
        target = folder / f"{line:03}"
        shutil.copytree(folder / "template", target, symlinks=True)
        if not died_at_line(line, partial(act, target), code, max_runs=max_runs):
            return line
    raise AssertionError(f"still acting after {MAX_LINES} lines")


def died_at_line(last: int, act: Callable[[], object], code: str, *, max_runs: int = sys.maxsize) -> bool:
    """Act in a process of its own, which dies before it runs its `last` line, from 0, of the `code` (a path's start).

    A line that runs more often than `max_runs` no longer counts. Return whether it came that far. To be called in a
    process without threads.
    """
    child = os.fork()
    if child == 0:
        _die_at_line(last, code, max_runs)
        act()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, "what was to be killed failed by itself"
    return False


def _die_at_line(last: int, code: str, max_runs: int) -> None:
    seen = 0
    runs: Counter[tuple[str, int]] = Counter()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if not frame.f_code.co_filename.startswith(code):
            return None
        if event == "line":
            line = (frame.f_code.co_filename, frame.f_lineno)
            runs[line] += 1
            if runs[line] > max_runs:
                return trace
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
        return trace

    sys.settrace(trace)
