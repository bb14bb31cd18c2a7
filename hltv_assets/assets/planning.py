"""Planning: what is due becomes batches, and batches become partition keys."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from hltv_assets.assets.failure_tables import open_failure_table
from hltv_assets.assets.partitions import OWNERS, map_batches_partitions
from hltv_assets.assets.plain_words import in_plain_words
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.site.hosts import SAMPLE_HOST
from hltv_assets.site.sample import sample_folder, sample_maps
from hltv_assets.warehouse.batches import batch_keys, cut_map_batches
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.failures import pages_that_need_a_person
from hltv_assets.warehouse.maps import count_maps, put_maps
from hltv_assets.warehouse.sites import claim_for_site


def seed_sample(connection: Connection, site: Site) -> int:
    """Put the sample's maps into `maps`, if the site is the sample and none is there; return how many it put."""
    if site.host != SAMPLE_HOST or count_maps(connection):
        return 0
    claim_for_site(connection, site.host)
    now = datetime.now(UTC)
    rows = [{**row, "scraped_at": now, "source_url": site.base_url} for row in sample_maps(sample_folder())]
    put_maps(connection, rows)
    return len(rows)


def plan_map_batches(
    instance: dg.DagsterInstance,
    *,
    warehouse: Warehouse,
    site: Site,
    settings: Settings,
    longest_wait: timedelta = timedelta(),
) -> list[str]:
    """Cut due maps into batches, register their keys as partitions, and return the new keys.

    Maps that do not fill a batch are left until one of them has been due for `longest_wait`.

    The warehouse knows the members first: keys that it has and the instance lacks (a run that was killed in between,
    a new DAGSTER_HOME, a restored backup) are registered again.
    """
    registered = instance.get_dynamic_partitions(map_batches_partitions.name or "")
    with warehouse.transaction() as connection:
        seed_sample(connection, site)
        new = cut_map_batches(
            connection,
            size=settings.batch_size,
            order=settings.order,
            used_keys=frozenset(registered),
            longest_wait=longest_wait,
        )
        known = batch_keys(connection, "map")
    _register(instance, [key for key in known if key not in registered])
    return new


def _register(instance: dg.DagsterInstance, keys: Sequence[str]) -> None:
    if keys:
        instance.add_dynamic_partitions(map_batches_partitions.name or "", list(keys))


@dg.asset(
    group_name="planning",
    kinds={"duckdb"},
    owners=OWNERS,
    description="Cuts maps whose page is due into batches, newest first, and registers a partition for each. "
    "Also registers again what the warehouse knows and this instance does not.",
    check_specs=[
        dg.AssetCheckSpec(
            "held_pages",
            asset="map_batches",
            description="No page failed so often, or is missing, that only a person can free it "
            "(hltv-assets release KIND ID).",
        )
    ],
)
def map_batches(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    site: dg.ResourceParam[Site],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Cut due maps into batches, and tell which pages no batch will ask for any more."""
    with in_plain_words():
        new = plan_map_batches(context.instance, warehouse=warehouse, site=site, settings=settings)
        with warehouse.connect() as connection:
            stuck = pages_that_need_a_person(connection)
    context.log.info(f"new batches: {', '.join(new)}" if new else "no map is due that is in no batch yet")
    yield dg.AssetCheckResult(
        passed=not stuck,
        check_name="held_pages",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(stuck)} pages are held or missing",
        metadata=open_failure_table(stuck),
    )
    yield dg.MaterializeResult(metadata={"new_batches": len(new), "new_keys": new})
