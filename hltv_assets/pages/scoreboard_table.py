"""One table of a map page's scoreboards: whose it is, which columns it has, and the numbers in its rows."""

import re
from collections.abc import Mapping

import msgspec

from hltv_assets.pages.document import Element, ReadOnce, select_one, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.scoreboard_row import PlayerRow, columns_in, row_reader

_TEAM_NAME = "st-teamname"
_VERSION = re.compile(r"\d\.\d", re.ASCII)


class _Header(msgspec.Struct, frozen=True):
    """A header; of `rating_versions` there should be one."""

    team_name: str
    rating_versions: tuple[str, ...]
    columns: Mapping[str, str]


class ScoreboardTable(msgspec.Struct, frozen=True):
    """A table: `columns` maps each column to the text of its header; `owner` names team and sides."""

    team_name: str
    owner: str
    rating_version: str
    columns: Mapping[str, str]
    rows: tuple[PlayerRow, ...]


def read_scoreboard_table(table: Element, sides: str) -> ScoreboardTable:
    """Read a scoreboard's header and rows; `sides` are in words those of which it tells.

    Raises `PageError`: `parse_error` where the header, a player or a number is unreadable, or a row has other columns
    than the header; `inconsistent` where a column's desktop and smartphone cells differ.
    """
    headers = _rows_in(table, "thead")
    if len(headers) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"scoreboard: {len(headers)} elements thead tr, one expected")
    header = _header(headers[0])
    where = f"scoreboard of {header.team_name!r}"
    reader = row_reader(tuple(header.columns.items()))
    owner = f"{header.team_name}, {sides}"
    rows = tuple([reader.read(row, owner) for row in _rows_in(table, "tbody")])
    # The version is looked at last: a header without its column is said to lack that.
    return ScoreboardTable(header.team_name, owner, _the_rating_version(header, where), header.columns, rows)


def _rows_in(table: Element, tag: str) -> list[Element]:
    """The rows of a table's head or body; a script may stand beside them."""
    return [row for section in table.iter() if section.tag == tag for row in section.iter() if row.tag == "tr"]


def _read_header(header: Element) -> _Header:
    team_name = text_of(select_one(header, f"th.{_TEAM_NAME}", "scoreboard"))
    texts = columns_in(header, f"scoreboard of {team_name!r}")
    columns = {column: text for column, text in texts.items() if column != _TEAM_NAME}
    return _Header(team_name, tuple(map(text_of, header.css(".ratingDesc"))), columns)


def _the_rating_version(header: _Header, where: str) -> str:
    versions = header.rating_versions
    if len(versions) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(versions)} elements .ratingDesc, one expected")
    if not _VERSION.fullmatch(versions[0]):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {versions[0][:20]!r} is not a rating version")
    return versions[0]


_header = ReadOnce(_read_header)
