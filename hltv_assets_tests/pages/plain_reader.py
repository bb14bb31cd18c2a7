"""A second reader of map pages of the layout until 2024, to hold the parser against on pages with no known answer.

It shares nothing with the code under test: the standard library's tokens instead of a tree, places instead of labels.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser

from hltv_assets_tests.pages.rows import Row, Tables, keyed

SIDES_OF_TABLES = (None, "CT", "T", None, "CT", "T")
WAYS = {
    "ct_win": ("CT", "elimination"),
    "t_win": ("T", "elimination"),
    "bomb_exploded": ("T", "bomb_exploded"),
    "bomb_defused": ("CT", "bomb_defused"),
    "stopwatch": ("CT", "time"),
}
NOT_MEASURED = (
    "multi_kills",
    "clutch_wins",
    "traded_deaths",
    "round_swing",
    "e_kills",
    "e_deaths",
    "e_hs_kills",
    "e_kd_diff",
    "e_adr",
    "e_kast",
    "e_opening_kills",
    "e_opening_deaths",
    "e_fk_diff",
    "e_traded_deaths",
)


@dataclass(frozen=True)
class Token:
    """A start tag with its attributes, an end tag (`/td`), or a text (no tag)."""

    tag: str
    attributes: dict[str, str]
    text: str


class _Tokens(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Token] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Token(tag, {name: value or "" for name, value in attrs}, ""))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(Token(f"/{tag}", {}, ""))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(Token("", {}, " ".join(data.split())))


def read_plainly(html: str) -> Tables:
    """Read the rows of a map page by position."""
    tokens = _tokens(html)
    box = next(i for i, token in enumerate(tokens) if token.attributes.get("class") == "match-info-box")
    history = next(i for i, token in enumerate(tokens) if "round-history-con" in token.attributes.get("class", ""))
    boards = next(i for i, token in enumerate(tokens) if token.tag == "table")
    map_row = _read_head(tokens[box:history])
    team_ids = [map_row["team_left_id"], map_row["team_right_id"]]
    lines = _read_boards(tokens[boards:], map_row, team_ids)
    map_row["rating_version"] = lines[0]["rating_version"]
    return keyed(
        {
            "map_stats": [map_row],
            "player_stats": [_without_side(line) for line in lines if line["side"] is None],
            "player_side_stats": [line for line in lines if line["side"] is not None],
            "round_history": _read_history(tokens[history:boards], map_row, team_ids),
        }
    )


def _without_side(line: Row) -> Row:
    return {name: value for name, value in line.items() if name != "side"}


def _tokens(html: str) -> list[Token]:
    reader = _Tokens()
    reader.feed(html)
    reader.close()
    return reader.found


def _links(tokens: list[Token]) -> list[str]:
    return [token.attributes["href"] for token in tokens if token.tag == "a"]


def _texts(tokens: list[Token]) -> list[str]:
    return [token.text for token in tokens if token.text]


def _integer(text: str) -> int:
    found = re.search(r"\d+", text)
    assert found, text
    return int(found[0])


def _read_head(tokens: list[Token]) -> Row:
    """Texts of the info box: event, time, "Map", map, left, rounds, right, rounds; then the breakdown's numbers."""
    texts, links = _texts(tokens), _links(tokens)
    stamp = next(token.attributes["data-unix"] for token in tokens if "data-unix" in token.attributes)
    label = texts.index("Breakdown")
    score = re.findall(r"\d+", " ".join(texts[8:label]).rsplit("context", 1)[-1])
    numbers = [int(number) for number in score] + [0, 0]
    first, second, overtime = numbers[2:4], numbers[4:6], numbers[6:8]
    side = next(
        token.attributes["class"][:-6] for token in tokens if token.attributes.get("class", "").endswith("-color")
    )
    rating, first_kills, clutches = (re.split(" : ", texts[label + place]) for place in (1, 3, 5))
    swapped = side == "t"
    ct_half, t_half = (second, first) if swapped else (first, second)
    match_link = next(href for href in links if href.startswith("/matches/"))
    return {
        "match_id": _integer(match_link),
        "mapstatsid": _integer(next(href for href in links if "contextIds" in href)),
        "map_name": texts[3],
        "played_at": datetime.fromtimestamp(int(stamp) // 1000, UTC),
        "event_id": _integer(links[0]),
        "event_name": texts[0],
        "team_left_id": _integer(links[1]),
        "team_right_id": _integer(links[2]),
        "team_left_rounds": int(texts[5]),
        "team_right_rounds": int(texts[7]),
        "team_left_starting_side": "T" if swapped else "CT",
        "team_left_ct_rounds": ct_half[0],
        "team_left_t_rounds": t_half[0],
        "team_right_ct_rounds": t_half[1],
        "team_right_t_rounds": ct_half[1],
        "team_left_ot_rounds": overtime[0],
        "team_right_ot_rounds": overtime[1],
        "team_left_rating": float(rating[0]),
        "team_right_rating": float(rating[1]),
        "team_left_first_kills": int(first_kills[0]),
        "team_right_first_kills": int(first_kills[1]),
        "team_left_clutches": int(clutches[0]),
        "team_right_clutches": int(clutches[1]),
    }


def _read_history(tokens: list[Token], map_row: Row, team_ids: list[object]) -> list[Row]:
    """A row of icons ends where the next team's logo stands."""
    icon_rows: list[list[Token]] = []
    is_new_row = True
    for token in tokens:
        kind = token.attributes.get("class", "")
        if kind.startswith("round-history-team") and token.tag == "img":
            is_new_row = True
        elif kind == "round-history-outcome":
            if is_new_row:
                icon_rows.append([])
            is_new_row = False
            icon_rows[-1].append(token)
    regulation = sum(
        int(str(map_row[f"team_{seat}_{side}_rounds"])) for seat in ("left", "right") for side in ("ct", "t")
    )
    rounds: list[Row] = []
    lefts = [icon for row in icon_rows[0::2] for icon in row]
    rights = [icon for row in icon_rows[1::2] for icon in row]
    for pair in zip(lefts, rights, strict=True):
        for team_id, icon in zip(team_ids, pair, strict=True):
            if icon.attributes["title"]:
                side, way = WAYS[icon.attributes["src"].rsplit("/", 1)[1].split(".")[0]]
                left, right = icon.attributes["title"].split("-")
                rounds.append(
                    {
                        "match_id": map_row["match_id"],
                        "round_number": len(rounds) + 1,
                        "winner_team_id": team_id,
                        "winner_side": side,
                        "win_type": way,
                        "team_left_score": int(left),
                        "team_right_score": int(right),
                        "is_overtime": len(rounds) + 1 > regulation,
                    }
                )
    return rounds


def _read_boards(tokens: list[Token], map_row: Row, team_ids: list[object]) -> list[Row]:
    """Each table is of nine columns; the left team's three come first."""
    lines: list[Row] = []
    table = -1
    version = ""
    for start, token in enumerate(tokens):
        if token.tag == "table":
            table += 1
        elif "ratingDesc" in token.attributes.get("class", ""):
            version = tokens[start + 1].text
        elif token.attributes.get("class") == "st-player":
            row = tokens[start : next(end for end in range(start, len(tokens)) if tokens[end].tag == "/tr")]
            identity = {
                "match_id": map_row["match_id"],
                "team_id": team_ids[table // 3],
                "side": SIDES_OF_TABLES[table],
                "rating_version": version,
            }
            lines.append({**identity, **_read_line(row), **dict.fromkeys(NOT_MEASURED)})
    for line in lines:
        line["rating_2"] = line["rating"] if str(line["rating_version"]).startswith("2.") else None
        line["rating_3"] = None
    return lines


def _read_line(row: list[Token]) -> Row:
    """Nine cells: the player, then kills (headshots), assists (flash), deaths, KAST, K-D, ADR, first kills, rating."""
    player = _links(row)[0]
    starts = [place for place, token in enumerate(row) if token.tag == "td"]
    cells = [row[start:end] for start, end in zip(starts, [*starts[1:], len(row)], strict=True)]
    assert len(cells) == 9
    texts = [" ".join(_texts(cell)) for cell in cells]
    kills, headshots = re.findall(r"\d+", texts[1])
    assists, flash_assists = re.findall(r"\d+", texts[2])
    first_kills, first_deaths = re.findall(r"\d+", cells[7][0].attributes["title"])
    assert int(texts[5]) == int(kills) - int(texts[3])
    assert int(texts[7]) == int(first_kills) - int(first_deaths)
    return {
        "player_id": _integer(player),
        "player_name": texts[0],
        "kills": int(kills),
        "hs_kills": int(headshots),
        "assists": int(assists),
        "flash_assists": int(flash_assists),
        "deaths": int(texts[3]),
        "kast": float(texts[4].rstrip("%")),
        "kd_diff": int(texts[5]),
        "adr": float(texts[6]),
        "opening_kills": int(first_kills),
        "opening_deaths": int(first_deaths),
        "fk_diff": int(texts[7]),
        "rating": float(texts[8]),
    }
