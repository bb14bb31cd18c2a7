"""How old the tables may be that users look at first: policies that Dagster's daemon evaluates and the UI shows."""

from datetime import timedelta

import dagster as dg

from hltv_assets.settings import Settings

# One of each group; the other tables of a page are written with them. A policy is of the table, not of a partition.
WATCHED_TABLES = ("matches", "player_stats")


def with_freshness(asset: dg.AssetsDefinition, settings: Settings) -> dg.AssetsDefinition:
    """Return an asset whose watched tables must be written once in `HLTV_FRESH_WITHIN`; after half of it they warn."""
    longest = timedelta(seconds=settings.fresh_within)
    policy = dg.FreshnessPolicy.time_window(fail_window=longest, warn_window=longest / 2)
    return asset.map_asset_specs(
        lambda spec: (
            spec.replace_attributes(freshness_policy=policy) if spec.key.to_user_string() in WATCHED_TABLES else spec
        )
    )
