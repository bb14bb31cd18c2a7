"""Where alerts are put, and how they are sent: a file with a line an alert, and a webhook that is told each line.

The file comes first and is the outbox: what the webhook did not take is sent later, from where it stopped.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import httpx
import msgspec
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

_RECENT = 262_144  # bytes at the end of the file in which an alert that is told again is found
_MAX_AT_ONCE = 20  # a tick; the next ones send the rest
_TRIES = 3
_TIMEOUT = 5.0  # seconds


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, to which batch, and what to do now; `key` is the same however often it is told."""

    key: str
    at: datetime
    what: str
    todo: str
    batch: str | None
    run_id: str | None


class AlertFile:
    """The file of alerts, a line of JSON each."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def size(self) -> int:
        """Return the bytes that the file has; 0 if there is none."""
        return self._path.stat().st_size if self._path.exists() else 0

    def append(self, alerts: Iterable[Alert]) -> None:
        """Add alerts in one write; a line that a killed writer left unfinished is ended first."""
        lines = b"".join(msgspec.json.encode(alert) + b"\n" for alert in alerts)
        if not lines:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        before = self.read(max(0, self.size() - 1))
        with self._path.open("ab") as file:
            file.write((b"\n" if before not in {b"", b"\n"} else b"") + lines)
            file.flush()
            os.fsync(file.fileno())

    def read(self, start: int) -> bytes:
        """Return what the file holds from a byte on."""
        if not self._path.exists():
            return b""
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read()

    def recent_keys(self) -> set[str]:
        """Return the keys of the last alerts."""
        lines = self.read(max(0, self.size() - _RECENT)).splitlines()
        return {alert.key for line in lines if (alert := read_alert(line))}


def read_alert(line: bytes) -> Alert | None:
    """Return the alert of a line; None if the line is no whole one."""
    try:
        return msgspec.json.decode(line, type=Alert)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class Webhook:
    """The address that is told of alerts, one POST with JSON each; without an address nobody is told."""

    def __init__(self, url: SecretStr | None) -> None:
        self._url = url

    def send(self, file: AlertFile, start: int) -> tuple[int, str | None]:
        """Send the alerts that stand in the file from a byte on, in order.

        Return up to which byte they were taken, and why not all were, in words without the address: it may hold a
        secret. An alert that was taken in the moment of a kill is sent twice; its key tells.
        """
        if self._url is None:
            return file.size(), None
        start = min(start, file.size())  # somebody may have emptied the file
        with httpx.Client(timeout=_TIMEOUT) as client:
            for line in file.read(start).splitlines(keepends=True)[:_MAX_AT_ONCE]:
                if not line.endswith(b"\n"):
                    break
                if read_alert(line) and (problem := _post(client, self._url.get_secret_value(), line)):
                    return start, problem
                start += len(line)
        return start, None


def _post(client: httpx.Client, url: str, alert: bytes) -> str | None:
    """Send one alert; return why it was not taken, None if it was."""
    tries = Retrying(
        retry=retry_if_exception_type(httpx.HTTPError),
        stop=stop_after_attempt(_TRIES),
        wait=wait_exponential_jitter(multiplier=0.1, max=1, jitter=0.1),
        reraise=True,
    )

    def once() -> None:
        client.post(url, content=alert, headers={"content-type": "application/json"}).raise_for_status()

    try:
        tries(once)
    except httpx.HTTPStatusError as error:
        return f"the webhook answered {error.response.status_code}; the next tick tries again"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the webhook request failed ({type(error).__name__}); the next tick tries again"
    return None
