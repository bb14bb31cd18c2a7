"""Where a column is said to come from, its values are found: in the archive, in the read pages, in other tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import msgspec
import pytest
import zstandard

from hltv_assets.archive.manifest import Manifest
from hltv_assets.archive.store import PageStore
from hltv_assets.definitions import build_definitions
from hltv_assets.pages.records import EconomyPage, EconomyRound, Equipment
from hltv_assets.pipeline.chain import CHAINS, ECONOMY_CHAIN
from hltv_assets.settings import Settings
from testkit.world import World

FROM_NO_PAGE = {"updated_at", "economy_rounds"}
DERIVED = {"buy_type"}

Sources = Mapping[str, list[tuple[str, str]]]


def metadata_of(definitions: dg.Definitions) -> dict[str, Mapping[str, Any]]:
    graph = definitions.resolve_asset_graph()
    return {key.to_user_string(): graph.get(key).metadata for key in graph.get_all_asset_keys()}


@pytest.fixture(scope="module")
def metadata() -> dict[str, Mapping[str, Any]]:
    return metadata_of(build_definitions(Settings()))


def lineage_of(metadata: Mapping[str, Mapping[str, Any]], asset: str) -> Sources:
    deps = metadata[asset]["dagster/column_lineage"].deps_by_column
    return {name: [(one.asset_key.to_user_string(), one.column_name) for one in some] for name, some in deps.items()}


def columns_of(metadata: Mapping[str, Mapping[str, Any]], asset: str) -> list[str]:
    return [column.name for column in metadata[asset]["dagster/column_schema"].columns]


def test_every_column_has_sources_that_are_there_or_is_of_no_page(metadata: dict[str, Mapping[str, Any]]) -> None:
    for chain in CHAINS:
        for table in chain.tables.tables:
            lineage = lineage_of(metadata, table.name)
            assert set(table.column_names()) - lineage.keys() <= FROM_NO_PAGE
            assert lineage.keys() <= set(table.column_names())
        for asset in (chain.parsed_asset, *(table.name for table in chain.tables.tables)):
            for sources in lineage_of(metadata, asset).values():
                assert all(column in columns_of(metadata, upstream) for upstream, column in sources)


def test_columns_say_their_sources_in_words(metadata: dict[str, Mapping[str, Any]]) -> None:
    columns = metadata["round_economy"]["dagster/column_schema"].columns
    said = {column.name: column.description for column in columns}
    assert said["team_id"] == "Team that the equipment is of. From map_stats: team_left_id, map_stats: team_right_id"
    assert said["updated_at"] == "When this row was last written"


def test_a_column_has_no_value_that_its_sources_lack(
    filled_world: World, metadata: dict[str, Mapping[str, Any]]
) -> None:
    for chain in CHAINS:
        values = {chain.parsed_asset: parsed_values(filled_world, chain.parsed_asset)}
        values["map_stats"] = table_values(filled_world, "map_stats")
        for table in chain.tables.tables:
            found = table_values(filled_world, table.name)
            for column, sources in lineage_of(metadata, table.name).items():
                if column not in DERIVED:
                    there = {value for asset, path in sources for value in values[asset].get(path, set())}
                    assert found[column] == there, f"{table.name}.{column}"


def test_a_read_page_knows_from_the_archive_what_it_is_said_to_know(
    filled_world: World, metadata: dict[str, Mapping[str, Any]]
) -> None:
    for chain in CHAINS:
        notes = archived_values(filled_world, chain.raw_asset)
        read = parsed_values(filled_world, chain.parsed_asset)
        for column, sources in lineage_of(metadata, chain.parsed_asset).items():
            for asset, source in sources:
                if asset == chain.raw_asset and source != "body":
                    assert read[column] == notes[source], column


SOURCE_FIELDS = [f"{place}.{field}" for place in ("left", "right") for field in ("side", "won", "value", "buy_class")]


@pytest.mark.parametrize("field", ["round_number", *SOURCE_FIELDS])
def test_another_value_of_a_source_changes_the_columns_that_name_it_and_no_other(field: str) -> None:
    before = economy_rows(msgspec.to_builtins(_ROUND))
    changed = msgspec.to_builtins(_ROUND)
    *parents, last = field.split(".")
    holder = changed[parents[0]] if parents else changed
    holder[last] = _OTHERS[last]
    after = economy_rows(changed)
    different = {name for one, other in zip(before, after, strict=True) for name in one if one[name] != other[name]}
    named = {
        name
        for name, sources in ECONOMY_CHAIN.sources.items()
        if (ECONOMY_CHAIN.parsed_asset, f"records.rounds.{field}") in sources
    }
    assert different == named


_EQUIPMENT = Equipment(side="CT", won=True, value=4_000, buy_class="Pistol")
_ROUND = EconomyRound(round_number=1, left=_EQUIPMENT, right=_EQUIPMENT)
_OTHERS = {"round_number": 2, "side": "T", "won": False, "value": 21_000, "buy_class": "RifleArmor"}


def economy_rows(one_round: dict[str, Any]) -> list[dict[str, Any]]:
    page = EconomyPage(match_id=None, rounds=(msgspec.convert(one_round, EconomyRound),))
    return [msgspec.structs.asdict(row) for row in page.round_economy(team_left_id=1, team_right_id=2)]


def table_values(world: World, table: str) -> dict[str, set[Any]]:
    values: dict[str, set[Any]] = {}
    for row in world.rows(table):
        for name, value in row.items():
            values.setdefault(name, set()).add(msgspec.to_builtins(value))
    return values


def parsed_values(world: World, asset: str) -> dict[str, set[Any]]:
    """The values of read pages by dotted path, as they lie in their files."""
    files = (world.data_dir / "parsed" / asset).iterdir()
    return by_path([msgspec.json.decode(zstandard.decompress(file.read_bytes()))["pages"] for file in files])


def archived_values(world: World, asset: str) -> dict[str, set[Any]]:
    store = PageStore(world.settings.archive)
    files = (store.root / "manifests" / asset).iterdir()
    manifests = [msgspec.json.decode(file.read_bytes(), type=Manifest) for file in files]
    notes = [store.note(entry.place) for manifest in manifests for entry in manifest.pages]
    return by_path([{"note": msgspec.to_builtins(note)} for note in notes])


def by_path(value: object) -> dict[str, set[Any]]:
    values: dict[str, set[Any]] = {}
    for path, one in leaves(value):
        values.setdefault(path, set()).add(one)
    return values


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value
