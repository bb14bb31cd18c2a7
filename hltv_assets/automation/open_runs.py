"""What a decision to run something looks at: may the site be asked, what runs already, how often did it run."""

from collections.abc import Iterable

import dagster as dg

from hltv_assets.site.client import Site
from hltv_assets.site.leave import why_not_to_ask
from hltv_assets.site.polite import left_alone

_PARTITION = "dagster/partition"
OPEN = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def why_not_to_fetch(site: Site) -> str | None:
    """Return why the site must not be asked now, in words; None if it may be."""
    if reason := why_not_to_ask(site.host, live=site.live, user_agent=site.user_agent):
        return reason
    cool_down = site.cool_downs.current()
    return left_alone(cool_down) if cool_down else None


def keys_of_open_runs(instance: dg.DagsterInstance) -> set[str]:
    """Return the keys of the batches that are queued or run now."""
    return {key for run in instance.get_runs(dg.RunsFilter(statuses=OPEN)) if (key := run.tags.get(_PARTITION))}


def runs_of_each(instance: dg.DagsterInstance, keys: Iterable[str]) -> dict[str, int]:
    """Return how many runs each batch had, open ones included."""
    return {key: instance.get_runs_count(dg.RunsFilter(tags={_PARTITION: key})) for key in keys}
