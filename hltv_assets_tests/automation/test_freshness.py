"""Freshness: which tables are watched, and how old they may be."""

from datetime import timedelta

import dagster as dg

from hltv_assets.automation.freshness import WATCHED_TABLES
from testkit.world import World, materializable


def policies(world: World) -> dict[str, dg.FreshnessPolicy]:
    specs = [spec for asset in materializable(world.definitions) for spec in asset.specs]
    return {spec.key.to_user_string(): spec.freshness_policy for spec in specs if spec.freshness_policy}


def test_the_tables_that_users_look_at_first_are_watched_and_no_other(world: World) -> None:
    assert policies(world).keys() == set(WATCHED_TABLES)


def test_a_table_is_too_old_after_the_time_that_is_set_and_warns_after_half_of_it(world: World) -> None:
    world.knobs |= {"fresh_within": 7200.0}
    expected = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=2), warn_window=timedelta(hours=1))
    assert set(policies(world).values()) == {expected}
