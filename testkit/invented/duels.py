"""How a round was played: its kills in order, and the damage, drawn to fit how it was won.

Belongs here: chance within one round. All numbers of players are counted from these kills
(`stat_lines.py`), so a page that states them agrees with itself, and with its sister pages.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from testkit.invented.facts import Kill, PlayedRound, Team, WinType
from testkit.invented.score_shape import ScoredRound, Side

TEAM_SIZE = 5
FULL_HEALTH = 100
TRADE_CHANCE = 0.3
ASSIST_CHANCE = 0.38
FLASH_ASSIST_CHANCE = 0.25
CHIP_DAMAGE_CHANCE = 0.45

# Ways to win for each side, with their weights.
WIN_TYPES: Mapping[Side, Mapping[WinType, int]] = {
    Side.CT: {WinType.ELIMINATION: 60, WinType.BOMB_DEFUSED: 28, WinType.TIME: 12},
    Side.T: {WinType.ELIMINATION: 62, WinType.BOMB_EXPLODED: 38},
}
# How many CT and T players a round may cost. Never all ten: somebody is left to have won. All of
# a side dead ends the round at once, unless the bomb is down: then the dead may still win.
CT_AND_T_DEATHS: Mapping[tuple[WinType, Side], tuple[Sequence[int], Sequence[int]]] = {
    (WinType.ELIMINATION, Side.CT): ((0, 1, 1, 2, 2, 3, 4), (TEAM_SIZE,)),
    (WinType.ELIMINATION, Side.T): ((TEAM_SIZE,), (0, 1, 2, 2, 3, 3, 4)),
    (WinType.BOMB_DEFUSED, Side.CT): ((1, 2, 3, 3, 4), (3, 4, 5, 5)),
    (WinType.BOMB_EXPLODED, Side.T): ((2, 3, 3, 4, 4), (1, 2, 3, 4, 5)),
    (WinType.TIME, Side.CT): ((1, 2, 2, 3, 4), (2, 3, 4)),
}


@dataclass(frozen=True)
class Form:
    """How a player plays that day."""

    strength: float
    headshot_chance: float
    awp_chance: float


def draw_forms(team: Team, rng: random.Random) -> dict[int, Form]:
    """Draw the day's form of a team's players, by player id. One of them carries the AWP."""
    awper = rng.choice(team.players)
    return {
        player.player_id: Form(
            strength=rng.uniform(0.6, 1.5),
            headshot_chance=rng.uniform(0.1, 0.25) if player is awper else rng.uniform(0.35, 0.65),
            awp_chance=0.6 if player is awper else 0.02,
        )
        for player in team.players
    }


def play_round(
    scored: ScoredRound,
    forms_left: Mapping[int, Form],
    forms_right: Mapping[int, Form],
    rng: random.Random,
) -> PlayedRound:
    """Draw what happened in a round whose winner is known."""
    sides = {scored.left_side: forms_left, scored.left_side.other: forms_right}
    ways = WIN_TYPES[scored.winner_side]
    win_type = rng.choices(list(ways), list(ways.values()))[0]
    kills = _draw_kills(win_type, scored.winner_side, sides, rng)
    return PlayedRound(**vars(scored), win_type=win_type, kills=kills, damage=_draw_damage(kills, sides, rng))


def _draw_kills(
    win_type: WinType,
    winner_side: Side,
    sides: Mapping[Side, Mapping[int, Form]],
    rng: random.Random,
) -> tuple[Kill, ...]:
    ct_deaths, t_deaths = CT_AND_T_DEATHS[win_type, winner_side]
    deaths_to_come = {Side.CT: rng.choice(ct_deaths), Side.T: rng.choice(t_deaths)}
    alive = {side: list(players) for side, players in sides.items()}
    kills: list[Kill] = []
    while any(deaths_to_come.values()):
        victim_side = _draw_victim_side(deaths_to_come, alive, rng)
        victim_id = _draw_victim(alive[victim_side], kills, rng)
        killers = sides[victim_side.other]
        kills.append(_draw_kill(victim_id, alive[victim_side.other], killers, rng))
        alive[victim_side].remove(victim_id)
        deaths_to_come[victim_side] -= 1
    return tuple(kills)


def _draw_victim_side(deaths_to_come: Mapping[Side, int], alive: Mapping[Side, list[int]], rng: random.Random) -> Side:
    """Who loses a player next. The last one of a side must not fall before it has killed enough."""
    candidates = [
        side for side in Side if deaths_to_come[side] and (len(alive[side]) > 1 or not deaths_to_come[side.other])
    ]
    return rng.choices(candidates, [deaths_to_come[side] for side in candidates])[0]


def _draw_victim(alive: Sequence[int], kills: Sequence[Kill], rng: random.Random) -> int:
    """Who falls: often the one who has just killed."""
    if kills and kills[-1].killer_id in alive and rng.random() < TRADE_CHANCE:
        return kills[-1].killer_id
    return rng.choice(alive)


def _draw_kill(victim_id: int, killers_alive: Sequence[int], team: Mapping[int, Form], rng: random.Random) -> Kill:
    killer_id = rng.choices(killers_alive, [team[player].strength for player in killers_alive])[0]
    form = team[killer_id]
    has_assist = rng.random() < ASSIST_CHANCE
    teammates = [player for player in team if player != killer_id]
    return Kill(
        killer_id=killer_id,
        victim_id=victim_id,
        assister_id=rng.choice(teammates) if has_assist else None,
        is_flash_assist=has_assist and rng.random() < FLASH_ASSIST_CHANCE,
        is_headshot=rng.random() < form.headshot_chance,
        is_awp=rng.random() < form.awp_chance,
    )


def _draw_damage(kills: Sequence[Kill], sides: Mapping[Side, Mapping[int, Form]], rng: random.Random) -> dict[int, int]:
    """Damage by player: the health of all who fell, and some of the survivors'."""
    damage: Counter[int] = Counter()
    for kill in kills:
        assisters_part = 0
        if kill.assister_id is not None and not kill.is_flash_assist:
            assisters_part = rng.randint(41, 80)
            damage[kill.assister_id] += assisters_part
        damage[kill.killer_id] += FULL_HEALTH - assisters_part
    fallen = {kill.victim_id for kill in kills}
    for side, players in sides.items():
        for player in players:
            if player not in fallen and rng.random() < CHIP_DAMAGE_CHANCE:
                damage[rng.choice(list(sides[side.other]))] += rng.randint(5, 75)
    return dict(damage)
