"""Worlds for tests of assets: the rules across tables are checked where a test asks for them."""

import pytest

from testkit.world import World


@pytest.fixture
def world(world: World) -> World:
    """A world without maps, whose runs make the checks of the assets themselves and no others."""
    world.with_rules = False
    return world
