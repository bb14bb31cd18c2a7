"""Invents maps from a seed: the same arguments always yield the same facts.

Belongs here: the ways into invention, and all that chance decides about a map as a whole. Not here:
how a score comes about (`score_shape.py`), what happens in a round (`duels.py`), how players'
numbers are counted (`stat_lines.py`), and any HTML.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from testkit.invented.duels import TEAM_SIZE, draw_forms, play_round
from testkit.invented.facts import Event, InventedMap, Layout, MapLink, Player, Team
from testkit.invented.score_shape import (
    ScoreShape,
    Seat,
    Side,
    draw_score_shape,
    play_out,
)
from testkit.invented.stat_lines import RATING_WITH_SWING, count_team_sheet

# Ranges of ids that HLTV will not reach soon.
FIRST_MATCH_ID = 9_000_001
FIRST_MAPSTATSID = 900_001
FIRST_TEAM_ID = 90_001
FIRST_PLAYER_ID = 900_001
FIRST_EVENT_ID = 9_001

MAP_NAMES = ("Ancient", "Anubis", "Dust2", "Inferno", "Mirage", "Nuke", "Overpass", "Train")
NAME_FIRSTS = ("Brass", "Velvet", "O'Tin", "Чайный", "Über", '"Loose"', "Salt &", "A<B", "茶")
NAME_SECONDS = ("Kettles", "Lanterns", "Сова", "Badgers", "🐌 Post", "Umbrellas", "Turnips", "Øre")
NICK_STARTS = ("tea", "mo", "Ж", "d'", "kn", "quo", "<3", "z&", "blu", "🦔", "ar", '"nib')
NICK_ENDS = ("pot", "ssy", "ук", "ory", "ot", "tient", "lin", "z", "rrb", "gle", "t>", 'o"')
DEFAULT_EVENT = Event(FIRST_EVENT_ID, "Teacup & Saucer Cup", "teacup-saucer-cup")
DEFAULT_PLAYED_AT = datetime(2025, 9, 6, 14, 30, tzinfo=UTC)


def invent_team(seed: int, team_id: int = FIRST_TEAM_ID, first_player_id: int = FIRST_PLAYER_ID) -> Team:
    """Invent a team of five whose players have consecutive ids."""
    rng = random.Random(f"team {seed} {team_id}")
    nicks = rng.sample([start + end for start in NICK_STARTS for end in NICK_ENDS], TEAM_SIZE)
    players = tuple(
        Player(player_id, nick, _slug(nick, player_id)) for player_id, nick in enumerate(nicks, start=first_player_id)
    )
    name = f"{rng.choice(NAME_FIRSTS)} {rng.choice(NAME_SECONDS)}"
    return Team(team_id, name, _slug(name, team_id), players, has_night_logo=rng.random() < 0.5)


def invent_map(
    *,
    seed: int,
    match_id: int = FIRST_MATCH_ID,
    best_of: int = 1,
    map_number: int = 1,
    mapstatsid: int = FIRST_MAPSTATSID,
    match_slug: str | None = None,
    map_slug: str | None = None,
    map_name: str | None = None,
    played_at: datetime = DEFAULT_PLAYED_AT,
    event: Event = DEFAULT_EVENT,
    left: Team | None = None,
    right: Team | None = None,
    layout: Layout = Layout.SINCE_2025,
    rating_version: str | None = None,
    half_length: int | None = None,
    overtimes: int | None = None,
    score: ScoreShape | None = None,
    left_starts: Side | None = None,
) -> InventedMap:
    """Invent a map; whatever is not given is drawn from the seed, or is usual for the layout.

    `score` settles all about the score; else `half_length` and the number of `overtimes` may.
    `rating_version` is "2.0", "2.1" or "3.0"; the layout until 2024 never printed 3.0.
    """
    rng = random.Random(f"map {seed} {mapstatsid}")
    left = left or invent_team(seed, FIRST_TEAM_ID, FIRST_PLAYER_ID)
    right = right or _invent_opponent(seed, left)
    rating_version = rating_version or layout.usual_rating_version
    if layout is Layout.UNTIL_2024 and rating_version == RATING_WITH_SWING:
        raise ValueError("the layout until 2024 never printed rating 3.0")
    score = score or draw_score_shape(rng, half_length or layout.usual_half_length, overtimes)
    left_starts = left_starts or rng.choice(list(Side))
    forms_left, forms_right = draw_forms(left, rng), draw_forms(right, rng)
    rounds = tuple(play_round(scored, forms_left, forms_right, rng) for scored in play_out(score, left_starts, rng))
    invented = InventedMap(
        match_id=match_id,
        match_slug=match_slug or f"{left.slug}-vs-{right.slug}-{event.slug}",
        best_of=best_of,
        map_number=map_number,
        mapstatsid=mapstatsid,
        map_slug=map_slug or f"{left.slug}-vs-{right.slug}",
        map_name=map_name or rng.choice(MAP_NAMES),
        played_at=played_at,
        event=event,
        layout=layout,
        rating_version=rating_version,
        score=score,
        rounds=rounds,
        left=count_team_sheet(left, Seat.LEFT, score, rounds, rating_version, rng),
        right=count_team_sheet(right, Seat.RIGHT, score, rounds, rating_version, rng),
        match_maps=(),
    )
    return link_match_maps([invented])[0]


def link_match_maps(maps: Sequence[InventedMap]) -> tuple[InventedMap, ...]:
    """Let the maps of one match know of each other: their pages link to all of them."""
    links = tuple(
        MapLink(
            mapstatsid=invented.mapstatsid,
            map_slug=invented.map_slug,
            map_name=invented.map_name,
            left_rounds=invented.left.rounds,
            right_rounds=invented.right.rounds,
            winner=invented.winner.team,
        )
        for invented in maps
    )
    return tuple(replace(invented, match_maps=links) for invented in maps)


def _invent_opponent(seed: int, team: Team) -> Team:
    """Invent a team of another name: a page whose teams share one could not be read."""
    first_player_id = max(player.player_id for player in team.players) + 1
    opponents = (invent_team(seed + attempt, team.team_id + 1, first_player_id) for attempt in range(100))
    return next(opponent for opponent in opponents if opponent.name != team.name)


def _slug(name: str, fallback: int) -> str:
    """A name as it stands in links: plain lower-case letters and digits joined by hyphens."""
    kept = [letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()]
    return "-".join("".join(kept).split()) or str(fallback)
