"""`hltv-assets plan`: the planning assets, materialized in this process."""

import dagster as dg

from hltv_assets.assets.planning import batches_asset
from hltv_assets.definitions import build_definitions
from hltv_assets.settings import Settings
from hltv_assets.shell.runs import dagster_home, raise_in_plain_words

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def plan_batches(settings: Settings) -> list[str]:
    """Materialize `match_batches` and `map_batches` and return the new keys; raises `RunFailedError` if that failed."""
    with dagster_home() as instance:
        result = dg.materialize(
            [batches_asset("match"), batches_asset("map")],
            instance=instance,
            resources=build_definitions(settings).resources,
            run_config=_QUIET,
            raise_on_error=False,
        )
        raise_in_plain_words(result)
        found = [
            event.materialization.metadata["new_keys"].value for event in result.get_asset_materialization_events()
        ]
        return [str(key) for keys in found if isinstance(keys, list) for key in keys]
