"""A page of the results listing as HLTV serves it, of invented matches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from testkit.invented.match_facts import PlannedMatch
from testkit.invented.page_frame import render_page

RESULTS_A_PAGE = 100
PROMOTED = 2
SHORT_NAMES = {"Inferno": "inf", "Mirage": "mrg", "Nuke": "nuke", "Dust2": "d2", "Train": "trn", "Ancient": "anc"}


@dataclass(frozen=True)
class ListedResult:
    """A row of the listing."""

    match_id: int
    slug: str
    ended_at: datetime
    event_name: str
    team1_name: str
    team2_name: str
    team1_score: int
    team2_score: int
    map_text: str
    stars: int = 0


def listed(plan: PlannedMatch) -> ListedResult:
    """The row of a match."""
    score = plan.score or plan.maps_won
    text = f"bo{plan.best_of}"
    if plan.best_of == 1:
        text = SHORT_NAMES.get(plan.maps[0].map_name, plan.maps[0].map_name.lower())
    return ListedResult(
        match_id=plan.match_id,
        slug=plan.slug,
        ended_at=plan.ended_at,
        event_name=plan.event.name,
        team1_name=plan.team1.name,
        team2_name=plan.team2.name,
        team1_score=score[0],
        team2_score=score[1],
        map_text="def" if plan.is_deleted else text,
        stars=plan.stars,
    )


def render_results_page(results: Sequence[ListedResult], *, offset: int = 0) -> str:
    """The page that begins after `offset` results of all those given, newest first."""
    shown = results[offset : offset + RESULTS_A_PAGE]
    last = offset + len(shown)
    following = f' href="/results?offset={last}"' if last < len(results) else " inactive"
    promoted = "".join(_row(result, is_promoted=True) for result in shown[:PROMOTED]) if offset == 0 else ""
    extent = f"{offset + 1} - {last} of {len(results)} "
    pages = (
        f'<div class="pagination-component"><span class="pagination-data">{extent}</span>'
        f'<a class="pagination-next"{following}></a></div>'
    )
    content = f"""\
<div class="results"><div class="big-results">{promoted}</div>
{pages}
<div class="results-holder"><div class="results-all">
{"".join(_row(result, is_promoted=False) for result in shown)}
</div></div>
{pages}</div>"""
    return render_page("Invented Counter-Strike results", "/results", content)


def _row(result: ListedResult, *, is_promoted: bool) -> str:
    stamp = "" if is_promoted else f' data-zonedgrouping-entry-unix="{int(result.ended_at.timestamp() * 1000)}"'
    star = '<i class="fa fa-star star"></i>'
    text = escape(result.map_text)
    format_ = f'<div class="map-text">{text}</div>'
    if result.stars:
        format_ = (
            f'<div class="map-and-stars"><div class="stars">{star * result.stars}</div>'
            f'<div class="map map-text">{text}</div></div>'
        )
    won = [" team-won" if one else "" for one in _winners(result)]
    return f"""\
<div class="result-con"{stamp}><a href="/matches/{result.match_id}/{result.slug}" class="a-reset"><div class="result">
<table><tr><td class="team-cell"><div class="line-align team1"><div class="team{won[0]}">{escape(result.team1_name)}\
</div></div></td>
<td class="result-score"><span>{result.team1_score}</span> - <span>{result.team2_score}</span></td>
<td class="team-cell"><div class="line-align team2"><div class="team{won[1]}">{escape(result.team2_name)}\
</div></div></td>
<td class="event"><span class="event-name">{escape(result.event_name)}</span></td>
<td class="star-cell">{format_}</td></tr></table></div></a></div>
"""


def _winners(result: ListedResult) -> tuple[bool, bool]:
    return result.team1_score > result.team2_score, result.team1_score < result.team2_score
