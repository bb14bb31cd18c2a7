"""What the clock starts: the listing every hour, the checks of everything every night."""

import dagster as dg

from hltv_assets.assets.discovered import discovered_matches
from hltv_assets.assets.lake_upkeep import lake_upkeep
from hltv_assets.automation.dagster_private import UnresolvedAssetJobDefinition
from hltv_assets.automation.default_status import schedules_are
from hltv_assets.automation.run_queries import OPEN, why_not_to_fetch
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site

_NIGHTLY = "23 3 * * *"
_BEFORE_NIGHTLY = "3 3 * * *"
RESULTS_SCHEDULE = "results_schedule"
SWEEP_SCHEDULE = "sweep_schedule"


def listing_request(site: Site, open_runs: int) -> dg.RunRequest | dg.SkipReason:
    """Return the run that reads the listing, or why there is none: it is being read, or the site is cooling down."""
    if reason := why_not_to_fetch(site):
        return dg.SkipReason(reason)
    if open_runs:
        return dg.SkipReason("the previous run still reads the listing")
    return dg.RunRequest()


def results_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that reads the listing, unless a run still does."""

    @dg.schedule(
        name=RESULTS_SCHEDULE,
        target=[discovered_matches],
        cron_schedule=settings.results_cron,
        default_status=schedules_are(settings),
        description="Reads the results listing as far as it has something new.",
    )
    def schedule(context: dg.ScheduleEvaluationContext, site: dg.ResourceParam[Site]) -> dg.RunRequest | dg.SkipReason:
        mine = dg.RunsFilter(statuses=OPEN, tags={"dagster/schedule_name": RESULTS_SCHEDULE})
        return listing_request(site, context.instance.get_runs_count(mine))

    return schedule


def sweep_schedule(job: UnresolvedAssetJobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule of the job that checks everything."""
    return dg.ScheduleDefinition(
        name=SWEEP_SCHEDULE,
        job=job,
        cron_schedule=_NIGHTLY,
        default_status=schedules_are(settings),
        description="Checks the whole warehouse, and a sample of the archive, once a night.",
    )


def upkeep_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that tidies the lake, before the checks and the export read it."""
    return dg.ScheduleDefinition(
        name="upkeep_schedule",
        target=[lake_upkeep],
        cron_schedule=_BEFORE_NIGHTLY,
        default_status=schedules_are(settings),
        description="Merges the small files of the lake, and removes unused ones, once a night.",
    )
