"""Planning: what is due becomes batches, and batches become partition keys."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.failure_tables import open_failure_table
from hltv_assets.assets.partitions import OWNERS, partitions_name
from hltv_assets.assets.plots import progress_plot
from hltv_assets.components import scope_of
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.settings import Settings
from hltv_assets.warehouse.batches import CutBatches, batch_keys, cut_batches
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import pages_to_release
from hltv_assets.warehouse.listing import apply_scope


def plan_batches(
    instance: dg.DagsterInstance,
    group: PageGroup,
    *,
    warehouse: Warehouse,
    settings: Settings,
    max_wait: timedelta = timedelta(),
    most: int | None = None,
) -> CutBatches:
    """Cut what is due into batches, `most` at the most, and register their keys as partitions.

    What does not fill a batch is left until one of its members has been due for `max_wait`.

    The warehouse knows the members first: keys that it has and the instance lacks (a run that was killed in between,
    a new DAGSTER_HOME, a restored backup) are registered again.
    """
    registered = frozenset(instance.get_dynamic_partitions(partitions_name(group)))
    with warehouse.transaction() as connection:
        apply_scope(connection, scope_of(settings))
        cut = cut_batches(
            connection,
            group,
            size=settings.batch_size,
            order=settings.order,
            used_keys=registered,
            max_wait=max_wait,
            most=most,
        )
        known = batch_keys(connection, group)
    if missing := [key for key in known if key not in registered]:
        instance.add_dynamic_partitions(partitions_name(group), missing)
    return cut


def batches_asset(group: PageGroup) -> dg.AssetsDefinition:
    """Return the asset that cuts batches of matches or of maps."""
    name = partitions_name(group)
    kinds = [chain.kind for chain in CHAINS if chain.group == group]

    @dg.asset(
        name=name,
        group_name="planning",
        kinds={"duckdb"},
        owners=OWNERS,
        description=f"Groups each {group} that has a page due into batches, newest first, and registers a partition "
        "for each. Also registers again what the warehouse knows and this instance does not.",
        check_specs=[
            dg.AssetCheckSpec(
                "held_pages",
                asset=name,
                description="No page is held or missing; only `hltv-assets release KIND ID` makes one due again.",
            )
        ],
    )
    def batches(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        with in_plain_words():
            new = plan_batches(context.instance, group, warehouse=warehouse, settings=settings).new
            with warehouse.connect() as connection:
                stuck = pages_to_release(connection, kinds)
        nothing = f"every {group} that is due is in a batch already"
        context.log.info(f"new batches: {', '.join(new)}" if new else nothing)
        yield dg.AssetCheckResult(
            passed=not stuck,
            check_name="held_pages",
            severity=dg.AssetCheckSeverity.WARN,
            description=f"pages held or missing: {len(stuck)}",
            metadata=open_failure_table(stuck),
        )
        plot = progress_plot(group, warehouse, context.log)
        yield dg.MaterializeResult(metadata={"new_batches": len(new), "new_keys": new, **plot})

    return batches
