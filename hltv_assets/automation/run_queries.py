"""What a decision of a sensor looks at: may the site be asked, what runs, what ran, what is in the warehouse."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from hltv_assets.components import warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.site.permission import why_not_to_ask
from hltv_assets.site.polite import describe_cool_down
from hltv_assets.warehouse.connection import Warehouse

_PARTITION = "dagster/partition"
OPEN = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_MAX_WAREHOUSE_WAIT = 5.0  # seconds; a tick may take 60, and the next one comes soon


def warehouse_of_a_tick(settings: Settings) -> Warehouse:
    """Return the warehouse for a sensor, which does not wait for it as long as a run does."""
    return warehouse_of(settings, wait=min(settings.lock_wait, _MAX_WAREHOUSE_WAIT))


def why_not_to_fetch(site: Site) -> str | None:
    """Return why the site must not be asked now, in words; None if it may be."""
    if reason := why_not_to_ask(site.host, live=site.live, user_agent=site.user_agent):
        return reason
    cool_down = site.cool_downs.current()
    return describe_cool_down(cool_down) if cool_down else None


def batch_key_of(run: dg.DagsterRun) -> str | None:
    """Return the key of the batch that a run is of; None if it is of none."""
    return run.tags.get(_PARTITION)


def ended_runs(
    instance: dg.DagsterInstance, *, after: datetime | None, before: datetime | None = None, most: int
) -> Sequence[dg.RunRecord]:
    """Return runs that ended between two times, those of a shell, too: `most` at the most, the first to end first."""
    ended = dg.RunsFilter(statuses=_ENDED, updated_after=after, updated_before=before)
    return instance.get_run_records(ended, limit=most, order_by="update_timestamp", ascending=True)


def keys_of_open_runs(instance: dg.DagsterInstance) -> set[str]:
    """Return the keys of the batches that are queued or run now."""
    return {key for run in instance.get_runs(dg.RunsFilter(statuses=OPEN)) if (key := batch_key_of(run))}


def newest_run(instance: dg.DagsterInstance, key: str) -> dg.RunRecord | None:
    """Return the newest run of a batch, open or ended; None if it had none."""
    return next(iter(instance.get_run_records(dg.RunsFilter(tags={_PARTITION: key}), limit=1)), None)


def newest_run_of_job(instance: dg.DagsterInstance, name: str) -> dg.RunRecord | None:
    """Return the newest run of a job, open or ended; None if it had none."""
    return next(iter(instance.get_run_records(dg.RunsFilter(job_name=name), limit=1)), None)


def ended_at(record: dg.RunRecord) -> datetime:
    """Return when a run ended; of one that never began, when it was last changed."""
    return datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp


def run_key_after(name: str, newest: dg.RunRecord | None) -> str:
    """Return the run key of the run that follows upon another one, or is the first.

    A run key is launched once as long as its run is there. This one is the same until that run is, and never again the
    same after, whichever runs a person deletes: a number of runs would come back.
    """
    return f"{name}-{newest.dagster_run.run_id if newest else 'first'}"
