"""The head of a match page: who met whom, when, where, in which format, whether it is over, and the series score."""

import re
from datetime import datetime
from typing import Literal

import msgspec

from hltv_assets.pages.document import Document, Element, linked_id, select_one, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind, match_path
from hltv_assets.pages.numbers import present, read_count, read_time
from hltv_assets.pages.outcomes import Outcome

_OVER = "Match over"
_DELETED = "Match deleted"
_OWN_ADDRESS = ('link[rel="canonical"]', 'meta[property="og:url"]')
_DEMO = "data-demo-link"
_FORMAT = re.compile(r"Best of ([1-9])(?: \((LAN|Online)\))?", re.ASCII)
_NOTE = re.compile(r"(\*{1,3})\s*([^\s*].*)")
_ABOUT_FORFEIT = re.compile(r"forfeit|default", re.IGNORECASE)
_RESULTS = ("won", "lost", "tie")

Result = Literal["won", "lost", "tie"]


class MatchTeam(msgspec.Struct, frozen=True):
    """A team of the match, with its score and whether it won; both None where the page prints no score."""

    team_id: int
    name: str
    score: int | None
    result: Result | None


class Format(msgspec.Struct, frozen=True):
    """What the box above the maps says; `is_lan` is None where it does not say.

    Lines with one star tell the stage, those with more are `notes`; `unread` are lines without one.
    """

    best_of: int
    is_lan: bool | None
    stage: str | None
    notes: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def forfeit_note(self) -> str | None:
        """The notes that tell of a forfeit."""
        return "\n".join(note for note in self.notes if _ABOUT_FORFEIT.search(note)) or None


class MatchHead(msgspec.Struct, frozen=True, kw_only=True):
    """What the head says of a match that is over."""

    started_at: datetime
    event_id: int
    event_name: str
    is_deleted: bool
    team1: MatchTeam
    team2: MatchTeam
    format: Format
    demo_url: str | None


def own_address(page: Document) -> str | None:
    """Return the address that a match page says it has, absolute where the page has it so; None if it says none.

    Addresses of different matches are `inconsistent`.
    """
    addresses = {
        address: found[0]
        for selector in _OWN_ADDRESS
        for element in page.css(selector)
        if (address := element.attributes.get("href") or element.attributes.get("content"))
        and (found := match_path(address, PageKind.MATCH))
    }
    if len(ids := set(addresses.values())) > 1:
        raise PageError(Outcome.INCONSISTENT, f"the page says that it is of matches {', '.join(map(str, sorted(ids)))}")
    return min(addresses, default=None)


def check_match_page_identity(page: Document, match_id: int) -> str:
    """Check that a page is the page of a match, by its own address, and return that.

    Raises `PageError`: `wrong_kind` (no such address, or no head of a match), `wrong_page` (another match's).
    """
    address = own_address(page)
    found = match_path(address, PageKind.MATCH) if address else None
    if address is None or found is None or not page.css(".teamsBox"):
        raise PageError(Outcome.WRONG_KIND, "not a match page: it has no teams, or does not say which match it is")
    if found[0] != match_id:
        raise PageError(Outcome.WRONG_PAGE, f"this is the page of match {found[0]}, not of match {match_id}")
    return address


def check_match_is_over(page: Document) -> bool:
    """Return whether the match was deleted, that is forfeited; False if it was played to its end.

    Raises `PageError` (`not_ready`) while it is neither: upcoming, live, or postponed.
    """
    countdown = select_one(page, ".timeAndEvent .countdown", "match page")
    text = text_of(countdown)
    # While a match is not over a script counts, and may have left any text in a page that a browser saved.
    if "data-time-countdown" not in countdown.attributes:
        if text == _OVER:
            return False
        if text == _DELETED:
            return True
    raise PageError(Outcome.NOT_READY, f"the match is not over, the page says {text[:60]!r}")


def read_match_head(page: Document) -> MatchHead:
    """Read the head of a match page.

    Raises `PageError`: `not_ready` while the match is not over; `parse_error` where an element is missing or
    unreadable; `inconsistent` where the teams, scores and the winner do not fit each other.
    """
    is_deleted = check_match_is_over(page)
    event = select_one(page, ".timeAndEvent .event a", "match page")
    team1, team2 = (_read_team(page, number) for number in (1, 2))
    if team1.team_id == team2.team_id or team1.name == team2.name:
        raise PageError(Outcome.INCONSISTENT, f"both teams are {team1.name!r} ({team1.team_id})")
    _check_result(team1, team2)
    stamp = select_one(page, ".timeAndEvent .date[data-unix]", "match page").attributes.get("data-unix") or ""
    return MatchHead(
        started_at=read_time(stamp, ".timeAndEvent .date: data-unix"),
        event_id=linked_id(event, "/events/", "event of the match"),
        event_name=_named(event, "event of the match"),
        is_deleted=is_deleted,
        team1=team1,
        team2=team2,
        format=_read_format(page),
        demo_url=_read_demo(page),
    )


def _read_demo(page: Document) -> str | None:
    """The link to the demo, None where there is no button for it."""
    links = {element.attributes.get(_DEMO) or "" for element in page.css(f"[{_DEMO}], [{_DEMO}-button]")}
    if "" in links or len(links) > 1:
        raise PageError(Outcome.PARSE_ERROR, f"{_DEMO}: {sorted(links)!r}, one link expected")
    return links.pop() if links else None


def _read_team(page: Document, number: int) -> MatchTeam:
    where = f".team{number}-gradient"
    box = select_one(page, where, "match page")
    team_id = linked_id(select_one(box, "a", where), "/team/", where)
    results = [element for name in _RESULTS for element in box.css(f"div.{name}")]
    if not results:
        return MatchTeam(team_id, _named(select_one(box, ".teamName", where), where), None, None)
    if len(results) > 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(results)} scores")
    score = present(read_count(text_of(results[0]), f"{where}, score"), "the score", where)
    result: Result = next(name for name in ("won", "lost", "tie") if name in _classes(results[0]))
    return MatchTeam(team_id, _named(select_one(box, ".teamName", where), where), score, result)


def _classes(element: Element) -> list[str]:
    return (element.attributes.get("class") or "").split()


def _named(element: Element, where: str) -> str:
    name = text_of(element)
    if not name:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: the name is empty")
    return name


def _check_result(team1: MatchTeam, team2: MatchTeam) -> None:
    opposite = {"won": "lost", "lost": "won", "tie": "tie", None: None}
    if team2.result != opposite[team1.result]:
        raise PageError(Outcome.INCONSISTENT, f"{team1.name} {team1.result}, {team2.name} {team2.result}")
    if team1.score is None or team2.score is None:
        return
    expected = "tie" if team1.score == team2.score else "won" if team1.score > team2.score else "lost"
    if team1.result != expected:
        raise PageError(Outcome.INCONSISTENT, f"{team1.name} is shown as {team1.result} at {team1.score}:{team2.score}")


def _read_format(page: Document) -> Format:
    box = select_one(page, ".padding.preformatted-text", "match page")
    lines = [line.strip() for line in box.text().splitlines() if line.strip()]
    found = _FORMAT.fullmatch(lines[0]) if lines else None
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f".preformatted-text: {(lines or [''])[0][:60]!r} is not a format")
    notes = [note for line in lines[1:] if (note := _NOTE.fullmatch(line))]
    unread = tuple(line for line in lines[1:] if not _NOTE.fullmatch(line))
    return Format(
        best_of=int(found[1]),
        is_lan=None if found[2] is None else found[2] == "LAN",
        stage="\n".join(note[2] for note in notes if note[1] == "*") or None,
        notes=tuple(note[2] for note in notes if note[1] != "*"),
        unread=unread,
    )
