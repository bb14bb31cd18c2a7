"""What is measured, and how much it may be: the keys of build/bench.json."""

from collections.abc import Sequence
from statistics import median
from typing import Literal

import msgspec


class Goal(msgspec.Struct, frozen=True):
    """A ratio's bound, and what it is a ratio of."""

    bound: float
    side: Literal["at most", "at least"]
    meaning: str


class Measured(msgspec.Struct, frozen=True):
    """What was measured: the median of some runs, and of what."""

    runs: Sequence[float]
    of: str

    @property
    def value(self) -> float:
        """The median."""
        return median(self.runs)

    def meets(self, goal: Goal) -> bool:
        """Say whether the median is within the bound."""
        return self.value <= goal.bound if goal.side == "at most" else self.value >= goal.bound


GOALS = {
    "parse_ratio": Goal(1.5, "at most", "our parse of a map page, checks included : lexbor's bare parse of it"),
    "parse_big_ratio": Goal(0.5, "at most", "the same of a saved page of 6 MB, most of it scripts"),
    "bs4_ratio": Goal(20, "at least", "BeautifulSoup with lxml merely building its tree : our whole parse"),
    "reparse_ratio": Goal(
        1.5, "at most", "re-reading 5,000 archived map pages : read, unpack, bare parse, one bulk insert of the rows"
    ),
    "reparse_speedup": Goal(1.6, "at least", "re-reading them with one worker : with two"),
    "reparse_dagster_ratio": Goal(4, "at most", "re-reading them in a run of Dagster : that least"),
    "overhead_share": Goal(
        0.5, "at most", "a run of Dagster that re-reads 20 batches, less reading and writing : reading and writing"
    ),
    "growth_ratio": Goal(
        1.5, "at most", "pending query, batch cut, sensor tick, upsert of a batch: at 100,000 maps : at 1,000"
    ),
    "question_seconds": Goal(1, "at most", "the slowest question of docs/query-it.md on 100,000 maps, in seconds"),
    "rate_fraction": Goal(0.95, "at least", "requests per second on loopback, answers after 50 ms : configured, 50"),
    "archive_ratio": Goal(0.6, "at most", "archived match pages : the same with gzip -9"),
    "rss_mb": Goal(400, "at most", "peak memory in MB of a batch of 500 pages of 6 MB"),
    "cold_start_ratio": Goal(
        3.5, "at most", "dagster asset materialize of a batch with nothing due : python -c 'import dagster'"
    ),
}
