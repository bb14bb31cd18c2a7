"""`hltv-assets plan`: the planning asset, materialized in this process."""

import dagster as dg

from hltv_assets.assets.planning import map_batches
from hltv_assets.definitions import build_definitions
from hltv_assets.settings import Settings

_QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}


def plan_batches(settings: Settings) -> list[str] | None:
    """Materialize `map_batches` and return the new keys; None if that failed (the log says why)."""
    with dg.DagsterInstance.get() as instance:
        result = dg.materialize(
            [map_batches],
            instance=instance,
            resources=build_definitions(settings).resources,
            run_config=_QUIET,
            raise_on_error=False,
        )
        if not result.success:
            return None
        (event,) = result.get_asset_materialization_events()
        keys = event.materialization.metadata["new_keys"].value
        return [str(key) for key in keys] if isinstance(keys, list) else []
