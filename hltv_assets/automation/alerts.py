"""The sensor that tells somebody: a run failed, a check failed, a table is older than it may be.

What it tells is decided by `alerts_of`; where it is put, and how it is sent, stands in `alert_outbox`.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
import msgspec

from hltv_assets.automation.alert_outbox import Alert, AlertFile, Webhook

# What the state of a table is told by; Dagster has no public name for it.
from hltv_assets.automation.dagster_private import FreshnessState
from hltv_assets.automation.default_status import sensors_are
from hltv_assets.automation.freshness import WATCHED_TABLES
from hltv_assets.automation.run_queries import batch_key_of, ended_runs
from hltv_assets.settings import Settings

_MOST = 100  # runs that a tick looks at
# Runs are looked at again for so long: one may be recorded a moment after others that ended later.
_OVERLAP = timedelta(minutes=1)
_TOLD_EVENTS = {
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}


class FailedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that failed; `reason` is the error of the step that failed first, or Dagster's word."""

    run_id: str
    at: datetime
    batch: str | None
    reason: str


class FailedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check of severity ERROR that failed."""

    run_id: str
    at: datetime
    batch: str | None
    asset: str
    check: str
    description: str


class OldTable(msgspec.Struct, frozen=True):
    """A table that was not written for longer than its freshness policy allows, since when it is known."""

    asset: str
    since: datetime


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """When the first tick was, until when ended runs were looked at, and how many bytes of the file were sent."""

    began: datetime
    runs_until: datetime
    sent: int


def alerts_of(
    runs: Sequence[FailedRun], checks: Sequence[FailedCheck], old: Sequence[OldTable], *, known: Collection[str]
) -> list[Alert]:
    """Return what is to be told, but for the alerts whose keys are known.

    A check that failed in a run which failed is told with the run: it is why.
    """
    failed_runs = {run.run_id for run in runs}
    alerts = [
        *(_of_run(run, [check for check in checks if check.run_id == run.run_id]) for run in runs),
        *(_of_check(check) for check in checks if check.run_id not in failed_runs),
        *(_of_table(table) for table in old),
    ]
    return [alert for alert in alerts if alert.key not in known]


def _of_run(run: FailedRun, checks: Sequence[FailedCheck]) -> Alert:
    about = f"batch {run.batch}" if run.batch else "no batch"
    reasons = [f"{check.asset}: {check.check}, {check.description}" for check in checks] or [run.reason]
    return Alert(
        key=f"run-{run.run_id}",
        at=run.at,
        what=f"a run failed ({about}): {'; '.join(reasons)}",
        todo=f"look at run {run.run_id} in the UI, and at `hltv-assets status`; a batch with pages due runs "
        "again by itself, as long as its sensor is on",
        batch=run.batch,
        run_id=run.run_id,
    )


def _of_check(check: FailedCheck) -> Alert:
    about = f"batch {check.batch}" if check.batch else "the whole warehouse"
    return Alert(
        key=f"check-{check.run_id}-{check.asset}-{check.check}",
        at=check.at,
        what=f"the check {check.check} of {check.asset} failed ({about}): {check.description}",
        todo=f"look at its examples on the page of {check.asset} in the UI; the rows are written, the numbers are not "
        "to be trusted until somebody knows why",
        batch=check.batch,
        run_id=check.run_id,
    )


def _of_table(table: OldTable) -> Alert:
    return Alert(
        key=f"old-{table.asset}-{table.since.isoformat()}",
        at=table.since,
        what=f"{table.asset} has not been written for longer than HLTV_FRESH_WITHIN",
        todo="check `hltv-assets status` for a cool-down or held pages, and in the UI whether the "
        "sensors are on; there may simply have been no matches",
        batch=None,
        run_id=None,
    )


def alerts_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor `alerts`. It begins with what happens after its first tick."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description="Reports failed runs (also those of a shell), failed checks and outdated tables by file and "
        "webhook. Starts no run.",
    )
    def sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
        file = AlertFile(settings.alert_file)
        instance = context.instance
        if context.cursor is None:
            start = _Cursor(began=datetime.now(UTC), runs_until=datetime.now(UTC), sent=file.size())
            return _result("first tick: alerts start from now", start)
        seen = msgspec.json.decode(context.cursor, type=_Cursor)
        records = ended_runs(instance, after=max(seen.runs_until - _OVERLAP, seen.began), most=_MOST)
        failures = [_failures_in(instance, record) for record in records]
        alerts = alerts_of(
            [run for runs, _ in failures for run in runs],
            [check for _, checks in failures for check in checks],
            list(_old_tables(instance)),
            known=file.recent_keys(),
        )
        file.append(alerts)
        sent, problem = Webhook(settings.alert_url).send(file, seen.sent)
        ended = [record.update_timestamp.replace(tzinfo=UTC) for record in records]
        now = _Cursor(began=seen.began, runs_until=max([seen.runs_until, *ended]), sent=sent)
        return _result(f"{len(alerts)} new alerts{f'; {problem}' if problem else ''}", now)

    return sensor


def _result(reason: str, cursor: _Cursor) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=msgspec.json.encode(cursor).decode())


def _failures_in(instance: dg.DagsterInstance, record: dg.RunRecord) -> tuple[list[FailedRun], list[FailedCheck]]:
    """What a run that ended has to be told of: itself, if it failed, and its failed checks.

    Its checks are read from its own log: SQLite keeps a log a run, and cannot ask all of them at once.
    """
    run, ended_at = record.dagster_run, record.update_timestamp.replace(tzinfo=UTC)
    batch = batch_key_of(run)
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, of_type=_TOLD_EVENTS)]
    evaluations = [
        event.asset_check_evaluation_data
        for event in events
        if event and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    checks = [
        FailedCheck(
            run_id=run.run_id,
            at=ended_at,
            batch=batch,
            asset=evaluation.asset_key.to_user_string(),
            check=evaluation.check_name,
            description=evaluation.description or "no reason given",
        )
        for evaluation in evaluations
        if not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR
    ]
    if run.status is not dg.DagsterRunStatus.FAILURE:
        return [], checks
    reason = next((words for event in events if event and (words := _reason(event))), "Dagster does not say why")
    return [FailedRun(run_id=run.run_id, at=ended_at, batch=batch, reason=reason)], checks


def _reason(event: dg.DagsterEvent) -> str | None:
    """Why a run failed, as an event has it; None if it does not."""
    if event.is_step_failure and (error := event.step_failure_data.error):
        return f"{event.step_key}: {(error.cause or error).message.strip()}"
    return event.message if event.event_type is dg.DagsterEventType.RUN_FAILURE else None


def _old_tables(instance: dg.DagsterInstance) -> Iterator[OldTable]:
    states = instance.get_freshness_state_records([dg.AssetKey(name) for name in WATCHED_TABLES])
    for key, record in states.items():
        if record.freshness_state is FreshnessState.FAIL:
            yield OldTable(key.to_user_string(), record.updated_at.replace(tzinfo=UTC))
