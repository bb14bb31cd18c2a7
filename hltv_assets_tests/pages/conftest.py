"""Fixtures of the parsers' tests: invented pages of both layouts, and the folder of shared pages."""

from pathlib import Path

import pytest

from hltv_assets_tests.pages.invented_pages import InventedPage, plain_page
from testkit.invented.facts import Layout
from testkit.places import NO_SHARED_PAGES, SHARED_PAGES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `composed_map`, `real_map` or `real_match` runs once per page of that folder."""
    for fixture, folder in (
        ("composed_map", "composed/mapstats"),
        ("real_map", "real/mapstats"),
        ("real_match", "real/match"),
    ):
        if fixture in metafunc.fixturenames:
            ids = sorted(int(path.name.split(".")[0]) for path in (SHARED_PAGES / folder).glob("*.html.gz"))
            missing = pytest.param(None, marks=pytest.mark.skip(reason=NO_SHARED_PAGES))
            metafunc.parametrize(fixture, ids or [missing])


@pytest.fixture
def shared_pages() -> Path:
    """The folder of pages that lies beside the project, not in it."""
    if not SHARED_PAGES.is_dir():
        pytest.skip(NO_SHARED_PAGES)
    return SHARED_PAGES


@pytest.fixture
def new_page() -> InventedPage:
    """A page of the layout since 2025, with rating 3.0."""
    return plain_page(Layout.SINCE_2025, "3.0")


@pytest.fixture
def page_without_eco() -> InventedPage:
    """A page of the layout since 2025 with rating 2.1: its eco-adjusted cells say that there is no number."""
    return plain_page(Layout.SINCE_2025, "2.1")


@pytest.fixture
def old_page() -> InventedPage:
    """A page of the layout until 2024."""
    return plain_page(Layout.UNTIL_2024, "2.0")


@pytest.fixture
def overtime_page() -> InventedPage:
    """A page of the layout since 2025 with one overtime."""
    return plain_page(Layout.SINCE_2025, "3.0", overtimes=1)


@pytest.fixture
def double_overtime_page() -> InventedPage:
    """A page of the layout until 2024 with two overtimes."""
    return plain_page(Layout.UNTIL_2024, "2.0", overtimes=2)


@pytest.fixture(params=["since 2025", "until 2024"])
def page(request: pytest.FixtureRequest) -> InventedPage:
    """A page of either layout."""
    layout = Layout(request.param)
    return plain_page(layout, layout.usual_rating_version)
