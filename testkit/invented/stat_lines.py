"""The numbers of teams and players, counted from the rounds that were played.

Belongs here: what each number of a scoreboard means. Only eco-adjusted numbers are drawn rather
than counted: HLTV does not say how it weighs them, and they need not add up.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

from testkit.invented.facts import (
    EcoLine,
    PlayedRound,
    PlayerSheet,
    StatLine,
    Team,
    TeamSheet,
)
from testkit.invented.score_shape import ScoreShape, Seat, Side

RATING_WITH_SWING = "3.0"
"""The rating version that comes with round swing and eco-adjusted numbers."""


def count_team_sheet(
    team: Team,
    seat: Seat,
    score: ScoreShape,
    rounds: Sequence[PlayedRound],
    rating_version: str,
    rng: random.Random,
) -> TeamSheet:
    """Count a team's sheet from the rounds of a map."""
    rounds_by_side = {side: [played for played in rounds if played.side_of(seat) is side] for side in Side}
    sheets = []
    for player in team.players:
        lines = [
            _count_line(player.player_id, seat, team, some_rounds, rating_version, rng)
            for some_rounds in (rounds, rounds_by_side[Side.CT], rounds_by_side[Side.T])
        ]
        sheets.append(PlayerSheet(player, *lines))
    sheets.sort(key=lambda sheet: (-sheet.both.rating, sheet.player.player_id))
    starting_side = rounds[0].side_of(seat)
    halves = {
        starting_side: score.first_half.of(seat),
        starting_side.other: score.second_half.of(seat),
    }
    return TeamSheet(
        team=team,
        seat=seat,
        starting_side=starting_side,
        ct_rounds=halves[Side.CT],
        t_rounds=halves[Side.T],
        overtime_rounds=score.overtime.of(seat),
        rating=round(fmean(sheet.both.rating for sheet in sheets), 2),
        first_kills=sum(sheet.both.opening_kills for sheet in sheets),
        clutches=sum(sheet.both.clutches for sheet in sheets),
        players=tuple(sheets),
    )


def _count_line(
    player_id: int,
    seat: Seat,
    team: Team,
    rounds: Sequence[PlayedRound],
    rating_version: str,
    rng: random.Random,
) -> StatLine:
    """Count a player's line over the given rounds: all of the map, or those on one side."""
    kills_by_round = [[kill for kill in played.kills if kill.killer_id == player_id] for played in rounds]
    kills = [kill for of_round in kills_by_round for kill in of_round]
    all_kills = [kill for played in rounds for kill in played.kills]
    assists = [kill for kill in all_kills if kill.assister_id == player_id]
    deaths = sum(kill.victim_id == player_id for kill in all_kills)
    adr = round(sum(played.damage.get(player_id, 0) for played in rounds) / len(rounds), 1)
    kast = round(100 * sum(_has_kast(player_id, played) for played in rounds) / len(rounds), 1)
    line = StatLine(
        kills=len(kills),
        headshots=sum(kill.is_headshot for kill in kills),
        awp_kills=sum(kill.is_awp for kill in kills),
        assists=len(assists),
        flash_assists=sum(kill.is_flash_assist for kill in assists),
        deaths=deaths,
        traded_deaths=sum(player_id in _traded(played) for played in rounds),
        opening_kills=sum(played.kills[0].killer_id == player_id for played in rounds),
        opening_deaths=sum(played.kills[0].victim_id == player_id for played in rounds),
        multi_kills=sum(len(of_round) > 1 for of_round in kills_by_round),
        clutches=sum(_clutch_winner(seat, team, played) == player_id for played in rounds),
        adr=adr,
        kast=kast,
        rating=_rate(len(kills), len(assists), deaths, len(rounds), adr, kast),
        round_swing=None,
        eco=None,
    )
    if rating_version != RATING_WITH_SWING:
        return line
    swing = round(10 * line.kill_difference / len(rounds) + (adr - 75) / 15, 2)
    return replace(line, round_swing=swing, eco=_draw_eco_line(line, rng))


def _traded(played: PlayedRound) -> set[int]:
    """Players whose killer was the next to fall."""
    return {kill.victim_id for kill, next_kill in pairwise(played.kills) if next_kill.victim_id == kill.killer_id}


def _has_kast(player_id: int, played: PlayedRound) -> bool:
    """Whether the player had a kill or an assist, survived, or was traded."""
    took_part = any(player_id in (kill.killer_id, kill.assister_id) for kill in played.kills)
    survived = all(kill.victim_id != player_id for kill in played.kills)
    return took_part or survived or player_id in _traded(played)


def _clutch_winner(seat: Seat, team: Team, played: PlayedRound) -> int | None:
    """The player of the team who won the round alone against opponents; None if nobody did."""
    if played.winner is not seat:
        return None
    alive = {player.player_id for player in team.players}
    opponents_alive = len(alive)
    for kill in played.kills:
        if kill.killer_id in alive:
            opponents_alive -= 1
        alive.discard(kill.victim_id)
        if len(alive) == 1 and opponents_alive:
            return alive.pop()
    return None


def _rate(kills: int, assists: int, deaths: int, rounds: int, adr: float, kast: float) -> float:
    """A rating in the usual range, by the formula that fans fitted to rating 2.0."""
    impact = 2.13 * kills / rounds + 0.42 * assists / rounds - 0.41
    rating = (
        0.0073 * kast + 0.3591 * kills / rounds - 0.5329 * deaths / rounds + 0.2372 * impact + 0.0032 * adr + 0.1587
    )
    return round(max(rating, 0.0), 2)


def _draw_eco_line(line: StatLine, rng: random.Random) -> EcoLine:
    """Numbers near the plain ones; eKAST may pass 100."""
    kills = max(0, line.kills + rng.randint(-2, 2))
    deaths = max(0, line.deaths + rng.randint(-2, 2))
    return EcoLine(
        kills=kills,
        headshots=min(kills, max(0, line.headshots + rng.randint(-2, 2))),
        deaths=deaths,
        traded_deaths=min(deaths, max(0, line.traded_deaths + rng.randint(-1, 1))),
        opening_kills=max(0, line.opening_kills + rng.randint(-1, 1)),
        opening_deaths=max(0, line.opening_deaths + rng.randint(-1, 1)),
        adr=round(line.adr * rng.uniform(0.9, 1.1), 1),
        kast=round(line.kast * rng.uniform(0.85, 1.15), 1),
    )
