"""`hltv-assets service`: webserver and daemon side by side, with everything switched on, until one of them ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event

import click
from rich.console import Console

from hltv_assets.cli.errors import PortTakenError
from hltv_assets.cli.runs import check_dagster_home
from hltv_assets.cli.verb import verb
from hltv_assets.settings import Settings

_WORKSPACE = "workspace.yaml"
_HOST = "127.0.0.1"
_SHUTDOWN_TIMEOUT = 60  # seconds; the daemon waits for runs that are being launched
_LOOK_EVERY = 1.0  # seconds


@click.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65_535), help="Port of the UI.")
@verb
def command(settings: Settings, port: int) -> None:
    """Run Dagster's webserver and daemon, with all sensors and schedules on, until Ctrl-C."""
    del settings  # read so that a wrong one is reported before anything starts
    check_dagster_home()
    sys.exit(serve(Path.cwd(), port=port))


def serve(root: Path, *, port: int) -> int:
    """Run both until a signal comes or one of them ends, then end both; return the exit code of the service.

    The webserver listens on loopback only: it has no password. Sensors and schedules are on (`HLTV_AUTOMATION`), but
    for those that somebody switched off in the UI.

    Raises `PortTakenError` before anything is started if somebody else listens: two daemons of one folder would begin
    the same runs until the webserver of one gave up.
    """
    _check_port(port)
    os.environ["HLTV_AUTOMATION"] = "1"
    programs = Path(sys.executable).parent
    workspace = ["--workspace", str(root / _WORKSPACE)]
    listen = ["--host", _HOST, "--port", str(port)]
    commands = {
        "webserver": [str(programs / "dagster-webserver"), *workspace, *listen],
        "daemon": [str(programs / "dagster-daemon"), "run", *workspace],
    }
    Console(highlight=False).print(f"UI on http://{_HOST}:{port}; Ctrl-C ends the service", soft_wrap=True)
    return run_together(commands)


def _check_port(port: int) -> None:
    with closing(socket.socket()) as caller:
        if caller.connect_ex((_HOST, port)) == 0:
            raise PortTakenError(
                f"port {port} is already in use, perhaps by another service or UI: open "
                f"http://{_HOST}:{port}, stop it, or choose another port with --port"
            )


def run_together(commands: Mapping[str, Sequence[str]]) -> int:
    """Run processes until a signal comes (0 is returned) or one of them ends (1), and end those that are left."""
    stopped = Event()
    said = Console(stderr=True, highlight=False, soft_wrap=True)
    with _on_signals(stopped.set):
        processes = {name: subprocess.Popen(command) for name, command in commands.items()}  # noqa: S603 - our own
        try:
            while not stopped.wait(_LOOK_EVERY):
                for name, process in processes.items():
                    if process.poll() is not None:
                        said.print(f"{name} exited unexpectedly (code {process.returncode}); stopping")
                        return 1
            return 0
        finally:
            end_all(list(processes.values()))


def end_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask processes to end, and end those that have not after a while."""
    for process in processes:
        # As Ctrl-C does it: on this signal both tell their code servers to end, too.
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(_SHUTDOWN_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _on_signals(act: Callable[[], None]) -> Iterator[None]:
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: act()) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
