"""The score by halves as a map page writes it, with scores that a test puts in."""

from testkit.invented.facts import InventedMap
from testkit.invented.score_shape import RoundsWon


def breakdown(facts: InventedMap, **changed: RoundsWon) -> str:
    """The breakdown of a map as markup, with some of its scores changed."""
    score = facts.score
    shown = {
        "final": score.final,
        "first_half": score.first_half,
        "second_half": score.second_half,
        "overtime": score.overtime,
        **changed,
    }
    left, right = (sheet.starting_side.lower() for sheet in facts.teams)
    halves = "".join(
        f' ( <span class="{left_side}-color">{shown[half].left}</span> : '
        f'<span class="{right_side}-color">{shown[half].right}</span> )'
        for half, left_side, right_side in (("first_half", left, right), ("second_half", right, left))
    )
    overtime = f" ( {shown['overtime'].left} : {shown['overtime'].right} )" if shown["overtime"].total else ""
    return f"<span>{shown['final'].left}</span> : <span>{shown['final'].right}</span>{halves}{overtime}"


def moved(score: RoundsWon, left: int, right: int) -> RoundsWon:
    """A score with rounds added to it, or taken from it."""
    return RoundsWon(score.left + left, score.right + right)
