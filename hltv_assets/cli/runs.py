"""Where runs of this process are noted, and what they came to, in the words of their steps."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from hltv_assets.cli.errors import DagsterHomeError, RunFailedError

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# Discarded by a check, which tells of it itself.
_DISCARDED = "DagsterAssetCheckFailedError"
# DuckDB's words: it looks for signals while it works, and raises a RuntimeError of its own.
_QUERY_INTERRUPTED = "RuntimeError: Query interrupted"


@contextmanager
def dagster_home() -> Iterator[dg.DagsterInstance]:
    """Open DAGSTER_HOME; raises `DagsterHomeError` if its files cannot be opened, or not be written meanwhile."""
    home = check_dagster_home()
    try:
        with _instance(home) as instance:
            yield instance
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise DagsterHomeError(f"cannot use the files in DAGSTER_HOME, {home}: {reason}; check HLTV_DATA_DIR") from None


def check_dagster_home() -> str:
    """Return DAGSTER_HOME; raises `DagsterHomeError` if it is not set."""
    home = os.environ.get("DAGSTER_HOME")
    if not home:
        raise DagsterHomeError("DAGSTER_HOME is not set: run `make setup` in the project folder")
    return home


def _instance(home: str) -> dg.DagsterInstance:
    try:
        return dg.DagsterInstance.get()
    except dg.DagsterError as error:
        raise DagsterHomeError(f"Dagster cannot use DAGSTER_HOME, {home}: {error}; run `make setup`") from None


def materialize(
    definitions: dg.Definitions,
    selection: dg.AssetSelection,
    instance: dg.DagsterInstance,
    *,
    key: str | None = None,
) -> dg.ExecuteInProcessResult:
    """Make a run of assets and their checks, of a partition if there is a key, and return what it came to.

    The run is of the job that the code location has for its assets, so the UI knows what it was of.
    """
    job = definitions.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        asset_selection=sorted(selection.resolve(definitions.resolve_asset_graph())),
        partition_key=key,
        instance=instance,
        run_config=_QUIET,
        raise_on_error=False,
    )


def raise_in_plain_words(result: dg.ExecuteInProcessResult) -> None:
    """Raise `RunFailedError` with what the steps said, if a run failed by anything but a check.

    Raises `KeyboardInterrupt` if somebody pressed Ctrl-C: Dagster makes a failure of a step of it.
    """
    if any(map(_is_interrupted, result.all_events)):
        raise KeyboardInterrupt
    if words := [*dict.fromkeys(_words(result))]:
        raise RunFailedError("; ".join(words))


def _is_interrupted(event: dg.DagsterEvent) -> bool:
    error = event.step_failure_data.error if event.is_step_failure else None
    while error:
        if error.cls_name == dg.DagsterExecutionInterruptedError.__name__ or _QUERY_INTERRUPTED in error.message:
            return True
        error = error.cause
    return False


def _words(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    failed = [event for event in result.all_events if event.is_step_failure]
    for event in failed:
        data = event.step_failure_data
        if data.user_failure_data and data.user_failure_data.description:
            yield data.user_failure_data.description
        elif data.error and data.error.cls_name != _DISCARDED:
            # Dagster wraps what a step did not expect.
            yield f"{event.step_key}: {(data.error.cause or data.error).message.strip()}"
    if not failed and not result.success:
        yield "the run failed before its first step: `make ui` shows it"
