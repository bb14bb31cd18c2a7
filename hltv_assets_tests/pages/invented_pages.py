"""The invented pages that tests of the parsers read and damage.

Teams have plain names here, so that a test can look for them in a message; odd names have tests of their own.
"""

from dataclasses import dataclass, field, replace
from functools import cache

from hltv_assets.pages import parse_map_stats
from hltv_assets_tests.pages.rows import Tables, keyed, rows_of
from testkit.invented.expected import expected_tables
from testkit.invented.facts import InventedMap, Layout, Team
from testkit.invented.map_page import render_map_page
from testkit.invented.world import FIRST_PLAYER_ID, FIRST_TEAM_ID, invent_map, invent_team

LEFT_NAME = "Brass Kettles"
RIGHT_NAME = "Velvet Turnips"
NICKS = ("teapot", "mossy", "knory", "quotient", "blurrb", "zlin", "argle", "nibo", "dory", "tessy")


@dataclass(frozen=True)
class InventedPage:
    """A page, and the facts that it states."""

    facts: InventedMap = field(repr=False)
    html: str = field(repr=False)

    @property
    def mapstatsid(self) -> int:
        """The map that this is the page of."""
        return self.facts.mapstatsid

    @property
    def rows(self) -> Tables:
        """The rows that it must yield."""
        return keyed(expected_tables(self.facts))

    def rows_when_edited(self, html: str | bytes) -> Tables:
        """The rows that an edited copy of it yields."""
        return rows_of(parse_map_stats(html, self.mapstatsid))


def invented_page(facts: InventedMap) -> InventedPage:
    """Render a page."""
    return InventedPage(facts, render_map_page(facts))


@cache
def plain_page(
    layout: Layout, rating_version: str, *, overtimes: int = 0, half_length: int | None = None
) -> InventedPage:
    """Invent a page of that shape, with plain names."""
    left = _plain_team(LEFT_NAME, FIRST_TEAM_ID, FIRST_PLAYER_ID, NICKS[:5])
    right = _plain_team(RIGHT_NAME, FIRST_TEAM_ID + 1, FIRST_PLAYER_ID + 5, NICKS[5:])
    facts = invent_map(
        seed=7,
        left=left,
        right=right,
        layout=layout,
        rating_version=rating_version,
        overtimes=overtimes,
        half_length=half_length,
    )
    return invented_page(facts)


def _plain_team(name: str, team_id: int, first_player_id: int, nicks: tuple[str, ...]) -> Team:
    team = invent_team(7, team_id, first_player_id)
    players = tuple(replace(player, name=nick) for player, nick in zip(team.players, nicks, strict=True))
    return replace(team, name=name, players=players)
