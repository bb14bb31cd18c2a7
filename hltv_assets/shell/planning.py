"""`hltv-assets plan`: the planning assets, materialized in this process."""

import dagster as dg

from hltv_assets.assets.planning import batches_asset
from hltv_assets.definitions import build_definitions
from hltv_assets.settings import Settings

_QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}


def plan_batches(settings: Settings) -> list[str] | None:
    """Materialize `match_batches` and `map_batches` and return the new keys; None if that failed (the log says why)."""
    with dg.DagsterInstance.get() as instance:
        result = dg.materialize(
            [batches_asset("match"), batches_asset("map")],
            instance=instance,
            resources=build_definitions(settings).resources,
            run_config=_QUIET,
            raise_on_error=False,
        )
        if not result.success:
            return None
        found = [
            event.materialization.metadata["new_keys"].value for event in result.get_asset_materialization_events()
        ]
        return [str(key) for keys in found if isinstance(keys, list) for key in keys]
