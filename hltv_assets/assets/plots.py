"""Pictures in an asset's metadata; a picture that cannot be drawn is a warning in the log, never a failed run.

matplotlib is imported where something is drawn, and nowhere else: it would double the time that Dagster takes to load
the code location.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from logging import Logger
from typing import TYPE_CHECKING, TypeAlias

import dagster as dg

from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pages.records import Round, RoundEconomy
from hltv_assets.pipeline.load import LoadReport
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.progress import progress_by_day, teams_of_map
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.map_tables import ROUND_ECONOMY, ROUND_HISTORY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TABLES_WITH_PLOT = {ROUND_HISTORY.name, ROUND_ECONOMY.name}

PlotMetadata: TypeAlias = dict[str, dg.MarkdownMetadataValue]


def progress_plot(group: PageGroup, warehouse: Warehouse, log: Logger) -> PlotMetadata:
    """Return how many matches or maps are in the tables and how many are to come, by day, as a picture."""
    members = {"match": "matches", "map": "maps"}[group]

    def draw() -> "Figure | None":
        from hltv_assets.plots.progress import DayCount, figure_of_progress

        with warehouse.connect() as connection:
            days = progress_by_day(connection, group)
        return figure_of_progress([DayCount(*day) for day in days], members)

    return _plot(f"{members}_by_day", draw, log)


def table_plot(table: Table, report: LoadReport, connection: Connection, log: Logger) -> Callable[[], PlotMetadata]:
    """Return what draws the rounds, or the money, of the first map that a run loaded; nothing for other tables.

    What it needs of the warehouse is looked up now, so that nobody waits for the warehouse while it is drawn.
    """
    if table.name not in _TABLES_WITH_PLOT:
        return dict
    first = next((page for page in report.written if page.rows[table.name]), None)
    if first is None or first.map_number is None:
        return dict
    rows = first.rows[table.name]
    found = teams_of_map(connection, first.match_id, first.map_number)

    def draw() -> "Figure | None":
        from hltv_assets.plots.economy import figure_of_economy
        from hltv_assets.plots.map_teams import MapTeams
        from hltv_assets.plots.rounds import figure_of_rounds

        if found is None:
            return None
        left_id, right_id, left_name, right_name, map_name = found
        teams = MapTeams(left_id=left_id, right_id=right_id, left_name=left_name, right_name=right_name)
        rounds = [row for row in rows if isinstance(row, Round)]
        money = [row for row in rows if isinstance(row, RoundEconomy)]
        return figure_of_rounds(rounds, teams, map_name) or figure_of_economy(money, teams, map_name)

    return partial(_plot, "first_map", draw, log)


def _plot(name: str, draw: "Callable[[], Figure | None]", log: Logger) -> PlotMetadata:
    try:
        from hltv_assets.plots.card import png_of

        figure = draw()
        png = png_of(figure) if figure else None
    except Exception as error:  # noqa: BLE001 - a picture is never worth a batch
        log.warning(f"{name} could not be drawn: {error!r}")
        return {}
    if png is None:
        return {}
    return {name: dg.MetadataValue.md(f"![{name}](data:image/png;base64,{b64encode(png).decode()})")}
