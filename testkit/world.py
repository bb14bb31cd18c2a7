"""A whole small world for tests of the chain: a loopback site, a data folder, a Dagster instance, invented maps."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg

from hltv_assets import definitions as code_location
from hltv_assets.components import site_of, warehouse_of
from hltv_assets.pages import PageKind
from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.schema.match_tables import MAPS
from hltv_assets.warehouse.upserting import put_rows
from testkit.invented.economy_page import render_economy_page
from testkit.invented.expected import expected_tables
from testkit.invented.facts import InventedMap
from testkit.invented.map_page import render_map_page
from testkit.invented.performance_page import render_performance_page
from testkit.invented.world import FIRST_MAPSTATSID, FIRST_MATCH_ID, invent_map
from testkit.loopback_site import Answer, LoopbackSite, page

BATCH = "maps-000001"
TABLES = ("map_stats", "player_stats", "player_side_stats", "round_history")
# The heart: the chain of the map page, without its sisters.
CHAIN = (
    "pending_maps",
    "raw_map_html",
    "parsed_map_stats",
    "map_stats",
    "player_stats",
    "player_side_stats",
    "round_history",
)
ALL_CHAINS = "pending_maps*"
REPORT_KEYS = ("batch_size", "fetched", "parsed", "failed", "fetch_errors")

Row = dict[str, Any]

_HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def materializable(definitions: dg.Definitions, *, with_rules: bool = True) -> list[dg.AssetsDefinition]:
    """Return assets and checks, those of the rules only if wanted, in the form in which `dg.materialize` takes them."""
    found = [*(definitions.assets or []), *((definitions.asset_checks or []) if with_rules else [])]
    return [one for one in found if isinstance(one, dg.AssetsDefinition)]


def invented_map(number: int) -> InventedMap:
    """Return the map that `World.add_maps` makes known as its first, its second, ..."""
    return _invented(number)[0]


@lru_cache(maxsize=8)
def _invented(number: int) -> tuple[InventedMap, dict[PageKind, Answer]]:
    """Invent a map, and render its pages; nearly every test wants the first ones."""
    invented = invent_map(seed=number, match_id=FIRST_MATCH_ID + number, mapstatsid=FIRST_MAPSTATSID + number)
    return invented, _answers(invented)


def _answers(invented: InventedMap) -> dict[PageKind, Answer]:
    return {
        PageKind.MAP_STATS: page(render_map_page(invented)),
        PageKind.MAP_PERFORMANCE: page(render_performance_page(invented)),
        PageKind.MAP_ECONOMY: page(render_economy_page(invented)),
    }


@dataclass
class World:
    """Everything that a run of the chain touches; runs happen in this process, on real files.

    `with_rules` is whether its runs also make the checks of `hltv_assets.assets.checks`, a third of the time of a small
    batch. Those of the assets themselves, as `fetch_errors`, are always made.
    """

    data_dir: Path
    site: LoopbackSite
    instance: dg.DagsterInstance
    knobs: dict[str, Any] = field(default_factory=dict)
    maps: list[InventedMap] = field(default_factory=list)
    with_rules: bool = True
    # The last definitions, with what they were built of.
    _built: tuple[Settings, object, dg.Definitions] | None = field(default=None, init=False, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings that the runs of this world have."""
        knobs = {"base_url": self.site.base_url, "lock_wait": 60.0, "retry_base": 900.0, "tries": 1, **self.knobs}
        return Settings(data_dir=self.data_dir, **knobs)

    @property
    def definitions(self) -> dg.Definitions:
        """The code location of this world; it is built once for the same settings and the same chains."""
        settings = self.settings
        # Not a name that the module offers, but the one in whose place a test puts others.
        chains = code_location.CHAINS  # type: ignore[attr-defined]
        if self._built is None or self._built[0] != settings or self._built[1] is not chains:
            self._built = settings, chains, code_location.build_definitions(settings)
        return self._built[2]

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse, for tests to look into."""
        return warehouse_of(self.settings)

    def add_maps(self, count: int) -> list[InventedMap]:
        """Make maps known and publish their pages, each a match of its own."""
        added = [invented_map(len(self.maps) + number) for number in range(count)]
        for number in range(count):
            self._put_on_site(*_invented(len(self.maps) + number))
        with self.warehouse.transaction() as connection:
            put_maps(connection, [_maps_row(invented) for invented in added])
        self.maps += added
        return added

    def publish(self, invented: InventedMap) -> None:
        """Put the three pages of a map on the site."""
        self._put_on_site(invented, _answers(invented))

    def _put_on_site(self, invented: InventedMap, answers: Mapping[PageKind, Answer]) -> None:
        for kind, answer in answers.items():
            self.site.publish(invented.mapstatsid, answer, kind)

    def materialize(self, selection: str | Sequence[str], key: str | None = None) -> dg.ExecuteInProcessResult:
        """Materialize assets in a run of their own; a run that fails is returned, too."""
        definitions = self.definitions
        return dg.materialize(
            materializable(definitions, with_rules=self.with_rules),
            selection=selection,
            partition_key=key,
            instance=self.instance,
            resources=definitions.resources,
            raise_on_error=False,
        )

    def plan(self) -> dg.ExecuteInProcessResult:
        """Cut batches."""
        return self.materialize("map_batches")

    def run_batch(self, key: str = BATCH) -> dg.ExecuteInProcessResult:
        """Run the chain of the map page for a batch."""
        return self.materialize(CHAIN, key)

    def run_all(self, key: str = BATCH) -> dg.ExecuteInProcessResult:
        """Run the chains of all three pages of the maps of a batch."""
        return self.materialize(ALL_CHAINS, key)

    def keys(self, partitions: str) -> list[str]:
        """Return the keys of the batches that Dagster knows."""
        return list(self.instance.get_dynamic_partitions(partitions))

    def release_site(self) -> None:
        """End the cool-down, as a person would."""
        site_of(self.settings).cool_downs.end()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.warehouse.connect() as connection:
            return connection.execute(sql).fetchall()

    def rows(self, table: str) -> list[Row]:
        """Return a table's rows as dicts, in the order of their key."""
        with self.warehouse.connect() as connection:
            result = connection.execute(f"SELECT * FROM {table} ORDER BY ALL")
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def content(self, *, without: Sequence[str] = ("updated_at", "scraped_at")) -> dict[str, list[Row]]:
        """Return all rows of all tables of the map page, less the columns that say when."""
        return {
            table: [{name: value for name, value in row.items() if name not in without} for row in self.rows(table)]
            for table in TABLES
        }

    def written(self) -> set[int]:
        """Return the mapstatsids of the maps whose rows are there."""
        return {row[0] for row in self.query("SELECT mapstatsid FROM map_stats")}

    def pending(self) -> set[int]:
        """Return the mapstatsids of the maps whose map page is pending."""
        return {row[0] for row in self.query("SELECT mapstatsid FROM pending_maps WHERE page_kind = 'map_stats'")}

    def due(self) -> set[int]:
        """Return the mapstatsids of the maps whose map page is pending and due."""
        return {
            row[0] for row in self.query("SELECT mapstatsid FROM pending_maps WHERE is_due AND page_kind = 'map_stats'")
        }


def expected_rows(maps: Sequence[InventedMap], table: str) -> list[Row]:
    """Return the rows that maps must yield in a table, in no order."""
    return [dict(row) for invented in maps for row in expected_tables(invented)[table]]


def check_metadata(result: dg.ExecuteInProcessResult, name: str) -> dict[str, Any]:
    """Return the metadata values of a check's only evaluation in a run."""
    (evaluation,) = [one for one in result.get_asset_check_evaluations() if one.check_name == name]
    return {
        key: value.records if isinstance(value, dg.TableMetadataValue) else value.value
        for key, value in evaluation.metadata.items()
    }


def failed_checks(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return the names of the checks that did not pass in a run."""
    return [one.check_name for one in result.get_asset_check_evaluations() if not one.passed]


def failure_text(result: dg.ExecuteInProcessResult) -> str:
    """Return what a run's failed steps said."""
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    return "\n".join(error.to_string() for error in errors if error)


def table_report(result: dg.ExecuteInProcessResult, table: str = "player_stats") -> dict[str, Any]:
    """Return the five numbers that a run reported on a table's materialization."""
    (event,) = [event for event in result.get_asset_materialization_events() if event.asset_key == dg.AssetKey(table)]
    metadata = event.materialization.metadata
    return {key: metadata[key].value for key in REPORT_KEYS}


def put_maps(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Insert or update rows of `maps`, as a match page would; a column that is left out is NULL."""
    now = datetime.now(UTC)
    whole = [{**dict.fromkeys(MAPS.column_names()), **row, "updated_at": now} for row in rows]
    put_rows(connection, MAPS, whole)


def _maps_row(invented: InventedMap) -> dict[str, object]:
    return {
        "match_id": invented.match_id,
        "map_number": invented.map_number,
        "mapstatsid": invented.mapstatsid,
        "map_slug": invented.map_slug,
        "map_name": invented.map_name,
        "status": "played",
        "scraped_at": datetime.now(UTC),
    }


@contextmanager
def held_warehouse(world: World) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the DuckDB file."""
    command = [sys.executable, "-c", _HOLDER, world.settings.warehouse]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()
