"""The demo is of the sample, and of nothing else."""

import pytest

from hltv_assets.cli.demo import run_demo
from hltv_assets.cli.errors import NotTheSampleError
from hltv_assets.settings import Settings
from testkit.loopback_site import LoopbackSite


def test_the_demo_asks_no_site_but_the_sample_and_says_how_to_go_back_to_it(
    settings: Settings, site: LoopbackSite
) -> None:
    with pytest.raises(NotTheSampleError, match=r"make setup DATA=data/demo"):
        run_demo(settings)
    assert site.requested == []
