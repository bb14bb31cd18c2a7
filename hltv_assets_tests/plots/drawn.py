"""What a figure shows, before it is pixels: its words, and how many marks of a colour."""

from collections.abc import Sequence

from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from hltv_assets.pages.records import Round, RoundEconomy, Side, WinType, buy_type_of, other_side
from hltv_assets.plots.map_teams import MapTeams

LEFT, RIGHT = 11, 22
TEAMS = MapTeams(left_id=LEFT, right_id=RIGHT, left_name="Teapots", right_name="Saucers")
WAYS: dict[Side, Sequence[WinType]] = {
    "CT": ("elimination", "bomb_defused", "time"),
    "T": ("elimination", "bomb_exploded"),
}


def words_of(figure: Figure) -> list[str]:
    return [words for one in figure.findobj(Text) if (words := one.get_text())]


def marks_of(figure: Figure, colour: str) -> int:
    """How many bars, cells and signs of a colour a figure has, those of its legend included."""
    count = 0
    for one in figure.findobj(Collection):
        assert isinstance(one, Collection)
        colours = [*one.get_facecolor(), *one.get_edgecolor()]
        if any(tuple(found[:3]) == to_rgba(colour)[:3] for found in colours):
            count += len(one.get_paths())
    return count


def rounds_of(winners: str, *, half: int = 12, overtime_half: int = 3) -> list[Round]:
    """Rounds that the left (`l`) and the right (`r`) team won; the left one begins as CT."""
    rounds = []
    for number, winner in enumerate(winners):
        is_overtime = number >= 2 * half
        swaps = 1 + (number - 2 * half + overtime_half) // (2 * overtime_half) if is_overtime else 0
        left_side: Side = "CT" if (number < half or (is_overtime and swaps % 2 == 0)) else "T"
        side = left_side if winner == "l" else other_side(left_side)
        rounds.append(
            Round(
                round_number=number + 1,
                winner_team_id=LEFT if winner == "l" else RIGHT,
                winner_side=side,
                win_type=WAYS[side][number % len(WAYS[side])],
                team_left_score=winners[: number + 1].count("l"),
                team_right_score=winners[: number + 1].count("r"),
                is_overtime=is_overtime,
            )
        )
    return rounds


def economy_of(values: Sequence[tuple[int, int]], *, half: int = 12) -> list[RoundEconomy]:
    """The rows of rounds with these values left and right; the left team begins as CT and wins every other round."""
    return [
        RoundEconomy(
            round_number=number,
            team_id=team_id,
            side="CT" if (team_id == LEFT) is ((number - 1) // half % 2 == 0) else "T",
            won=(number % 2 == 1) is (team_id == LEFT),
            equipment_value=value,
            buy_type=buy_type_of(value),
            buy_class="RifleArmor",
        )
        for number, both in enumerate(values, 1)
        for team_id, value in zip((LEFT, RIGHT), both, strict=True)
    ]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgba(colour)[:3]
    ]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
