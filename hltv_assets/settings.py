"""Every knob: its environment variable, default, unit and bounds.

Read once, where the definitions or a command begin; nothing else in the project looks at the environment.
"""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from croniter import croniter
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hltv_assets.errors import HltvError
from hltv_assets.site.hosts import SAMPLE_BASE_URL, is_live

POSTGRES_LAKE = "ducklake:postgres:"
# Of the tests, and of a cluster's own files.
_FOREIGN_PREFIXES = ("HLTV_TEST_", "HLTV_DAGSTER_", "HLTV_CODE_SERVER")

_DAY = 86_400
_FIELDS_OF_CRON = 5
_LIVE_DELAY = 3.0
_MIN_LIVE_DELAY = 1.0
_LIVE_CONCURRENCY = 1
_CONCURRENCY = 4


def _split(value: object) -> object:
    return tuple(filter(None, map(str.strip, value.split(";")))) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class SettingsError(HltvError):
    """A knob is set to something that it cannot be; the message names the variable."""


class Settings(BaseSettings):
    """The knobs; each is read from the variable `HLTV_` plus its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HLTV_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Annotated[Path, Field(description="Folder for everything that is written at run time.")] = Path(
        "data/demo"
    )
    warehouse: Annotated[
        str,
        Field(
            description="DuckDB file, or `ducklake:postgres:host=... dbname=...`; default `hltv.duckdb` in the "
            "data folder."
        ),
    ] = ""
    lake: Annotated[
        str,
        Field(
            description="Folder or bucket (s3://...) of the Parquet files of a lake; default `lake` in the data folder."
        ),
    ] = ""
    archive: Annotated[
        str, Field(description="Folder or fsspec URL (s3://...) of the raw pages; default `raw` in the data folder.")
    ] = ""
    parsed: Annotated[
        str,
        Field(
            description="Folder or fsspec URL of parsed pages on their way to the tables; default `parsed` in the data "
            "folder."
        ),
    ] = ""
    base_url: Annotated[
        str, Field(description="Site to fetch from; default the bundled sample, which needs no network.")
    ] = SAMPLE_BASE_URL
    user_agent: Annotated[
        str, Field(description="User-Agent of requests; for a live site it must contain a contact.", min_length=1)
    ] = "hltv_assets/0.1 (Dagster code location)"
    live: Annotated[
        bool, Field(description="1: you have permission to fetch from a live site, neither the sample nor loopback.")
    ] = False
    concurrency: Annotated[
        int | None,
        Field(description="Maximum number of simultaneous requests; default 1 for a live site, else 4.", ge=1, le=32),
    ] = None
    min_delay: Annotated[
        float | None,
        Field(
            description="Minimum seconds between two request starts; default 3 for a live site (at least 1), else 0.",
            ge=0,
            le=_DAY,
        ),
    ] = None
    tries: Annotated[int, Field(description="Maximum number of requests for one page in a run.", ge=1, le=10)] = 3
    retry_wait: Annotated[
        float, Field(description="Seconds before the second request for a page; doubles each time.", ge=0, le=60)
    ] = 1
    retry_time: Annotated[
        float, Field(description="Seconds after which a page is not requested again in a run.", ge=0, le=3_600)
    ] = 300
    max_retry_after: Annotated[
        float, Field(description="Maximum Retry-After, in seconds, that a run waits for.", ge=0, le=3_600)
    ] = 120
    cool_down: Annotated[
        float, Field(description="Seconds of the first cool-down after a block; doubles up to a day.", ge=0, le=_DAY)
    ] = 900
    connect_timeout: Annotated[float, Field(description="Timeout to connect, in seconds.", gt=0, le=600)] = 10
    read_timeout: Annotated[
        float, Field(description="Timeout between two chunks of a page, in seconds.", gt=0, le=600)
    ] = 30
    page_timeout: Annotated[float, Field(description="Timeout for a whole page, in seconds.", gt=0, le=3_600)] = 120
    max_page_bytes: Annotated[int, Field(description="Maximum size of a decoded page, in bytes.", ge=10_000)] = (
        32_000_000
    )
    batch_size: Annotated[int, Field(description="Maximum number of matches or maps per batch.", ge=1, le=10_000)] = 50
    batch_max_wait: Annotated[
        float,
        Field(description="Maximum seconds that matches and maps wait for a full batch.", ge=0, le=30 * _DAY),
    ] = 900
    order: Annotated[Literal["newest", "oldest"], Field(description="Which pending matches and maps come first.")] = (
        "newest"
    )
    since: Annotated[
        date | None,
        Field(description="First day (UTC, like 2024-01-31) of wanted matches; the listing is read back to it."),
    ] = None
    until: Annotated[date | None, Field(description="Last day (UTC) of wanted matches.")] = None
    cs2_only: Annotated[bool, Field(description="1: only matches since CS2 (27 September 2023).")] = False
    events: Annotated[
        Names, Field(description="Only events with these names, separated by semicolons; `*` matches any text.")
    ] = ()
    teams: Annotated[
        Names, Field(description="Only matches of these teams, separated by semicolons; `*` matches any text.")
    ] = ()
    max_attempts: Annotated[int, Field(description="Failures after which a page is held.", ge=1, le=1_000)] = 5
    retry_base: Annotated[
        float, Field(description="Seconds of a failed page's first wait; 0: due at once.", ge=0, le=30 * _DAY)
    ] = 900
    lock_wait: Annotated[
        float,
        Field(description="Maximum seconds to wait for whoever holds a batch or the warehouse.", ge=0, le=_DAY),
    ] = 60

    automation: Annotated[
        bool, Field(description="1: sensors and schedules are on, except those switched off in the UI.")
    ] = False
    results_cron: Annotated[
        str, Field(description="When the results listing is read, as a cron expression in UTC.")
    ] = "7 * * * *"  # not at the full hour, when everybody asks
    alert_file: Annotated[
        str, Field(description="File that alerts are appended to; default `alerts.jsonl` in the data folder.")
    ] = ""
    alert_url: Annotated[
        SecretStr | None, Field(description="Webhook that gets alerts by POST as JSON; default none.")
    ] = None
    fresh_within: Annotated[
        float, Field(description="Seconds after which a table not written is outdated.", ge=120, le=366 * _DAY)
    ] = 3 * _DAY
    keep_logs: Annotated[
        int, Field(description="Days to keep the output of runs; their events are kept for ever.", ge=1, le=36_500)
    ] = 30
    sensor_interval: Annotated[
        int, Field(description="Minimum seconds between two ticks of a sensor.", ge=1, le=_DAY)
    ] = 30
    snapshot_interval: Annotated[
        float,
        Field(description="Minimum seconds between two snapshots that a sensor publishes.", ge=0, le=_DAY),
    ] = 300

    def with_warehouse(self, place: str, *, lake: str | None = None) -> "Settings":
        """Return the same settings with another warehouse, and another place for its files if it is a lake.

        Raises `SettingsError` if it can be none.
        """
        others = {"warehouse": place, **({"lake": lake} if lake else {})}
        try:
            return Settings(**{**self.model_dump(), **others})
        except ValidationError as error:
            raise SettingsError(_in_words(error)) from None

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be like https://www.hltv.org")
        if parts.username or parts.password:
            # It would show in logs, in tables and in the UI.
            raise ValueError("must not contain a user or a password")
        return value.rstrip("/")

    open_batches: Annotated[
        int,
        Field(
            description="Maximum number of batches that sensors run at once, of both kinds together.", ge=1, le=1_000
        ),
    ] = 2
    celery_broker: Annotated[
        SecretStr | None,
        Field(description="Redis of Celery, whose workers then execute the steps; default none: one process per run."),
    ] = None
    step_timeout: Annotated[
        int,
        Field(
            description="Seconds after which the step of a vanished Celery worker goes to another; longer than any "
            "step takes.",
            ge=5,
            le=_DAY,
        ),
    ] = 3_600

    @field_validator("results_cron")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        if len(value.split()) != _FIELDS_OF_CRON or not croniter.is_valid(value):
            raise ValueError("must be a cron expression of five fields, like 7 * * * *")
        return value

    @field_validator("alert_url")
    @classmethod
    def _is_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value() if value else "")
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must be like https://hooks.example.org/...")
        return value

    @field_validator("warehouse")
    @classmethod
    def _is_file_or_lake(cls, value: str) -> str:
        if value.startswith("ducklake:") and not value.startswith(POSTGRES_LAKE):
            raise ValueError(f"must be a file, or like {POSTGRES_LAKE}host=db.example.org dbname=hltv user=hltv")
        if value.startswith(POSTGRES_LAKE) and "password" in value:
            # It would show in logs and in the UI; libpq takes it from the environment.
            raise ValueError("must not contain a password: set PGPASSWORD or PGPASSFILE")
        return value

    @model_validator(mode="after")
    def _some_days(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"HLTV_SINCE ({self.since}) is after HLTV_UNTIL ({self.until}): this excludes every match")
        return self

    @model_validator(mode="after")
    def _careful_pace(self) -> Self:
        live = is_live(urlsplit(self.base_url).hostname or "")
        if self.concurrency is None:
            object.__setattr__(self, "concurrency", _LIVE_CONCURRENCY if live else _CONCURRENCY)
        if self.min_delay is None:
            object.__setattr__(self, "min_delay", _LIVE_DELAY if live else 0.0)
        elif live and self.min_delay < _MIN_LIVE_DELAY:
            raise ValueError(f"HLTV_MIN_DELAY must be at least {_MIN_LIVE_DELAY:g} s for a live site")
        return self

    @model_validator(mode="after")
    def _default_places(self) -> Self:
        # DuckDB and Dagster's processes may run in another folder than the one the settings were read in.
        object.__setattr__(self, "data_dir", self.data_dir.expanduser().absolute())
        defaults = {
            "warehouse": "hltv.duckdb",
            "lake": "lake",
            "archive": "raw",
            "parsed": "parsed",
            "alert_file": "alerts.jsonl",
        }
        for name, default in defaults.items():
            place = getattr(self, name) or str(self.data_dir / default)
            if "://" not in place and not place.startswith(POSTGRES_LAKE):
                place = str(Path(place).expanduser().absolute())
            object.__setattr__(self, name, place)
        return self


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        ": ".join(filter(None, (_variable(item["loc"]), item["msg"].removeprefix("Value error, "))))
        for item in error.errors()
    )


def _variable(location: tuple[int | str, ...]) -> str:
    """The variable that an error is about; empty where it is about several."""
    return f"HLTV_{'_'.join(map(str, location)).upper()}" if location else ""


def read_settings() -> Settings:
    """Read the knobs from the environment; raises `SettingsError` with a line a knob that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None


def unknown_variables(environment: Iterable[str]) -> dict[str, str | None]:
    """Return which variables look like knobs and are none, each with the knob that was probably meant."""
    known = [_variable((name,)) for name in Settings.model_fields]
    unknown = [name for name in environment if name.startswith("HLTV_") and name not in known]
    return {
        name: next(iter(get_close_matches(name, known, n=1)), None)
        for name in unknown
        if not name.startswith(_FOREIGN_PREFIXES)
    }
