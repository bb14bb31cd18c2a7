"""robots.txt: read once per day before anything else, obeyed to the letter, and where it cannot be had nobody asks."""

import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.pace import PaceState
from hltv_assets.site.robots import KeptRobots, Robots, RobotsFile
from hltv_assets.site.state_store import FolderStateStore
from hltv_assets_tests.site.turns import CHALLENGE, SILENT, rate_limited
from testkit.asking import (
    AT_MOST,
    BLOCKED,
    CUT_OFF,
    MAP,
    MAPS,
    MIB,
    PATIENT,
    RATE_LIMITED,
    SERVER_ERROR,
    USER_AGENT,
    ask,
    ask_for_one,
    client_of,
    good_page,
    gzip_bomb,
    unused_address,
    wait_until,
)
from testkit.loopback_site import Answer, LoopbackSite, map_page_path, page, serve

FILE = "robots.json"
IDS = list(MAPS[:4])
ADDRESS = "http://127.0.0.1/stats/matches/mapstatsid/1/x"


@dataclass(frozen=True)
class _HangsUp(Answer):
    """An answer in the middle of which the site hangs up."""

    announced_length: int | None = 1_000

    def pieces(self) -> Iterator[bytes]:
        yield b"User-agent: *\n"
        raise ConnectionResetError


def _text(*lines: str) -> Answer:
    return Answer("\n".join(lines).encode(), headers={"content-type": "text/plain"})


def _everything_forbidden() -> Answer:
    return _text("User-agent: *", "Disallow: /")


def _publish(site: LoopbackSite, robots: Answer) -> None:
    site.robots = robots
    for mapstatsid in IDS:
        site.publish(mapstatsid, good_page(mapstatsid))


def _age(folder: Path, age: timedelta) -> None:
    """Let the kept robots.txt have been fetched so long ago."""
    file = folder / FILE
    kept = msgspec.json.decode(file.read_bytes(), type=KeptRobots)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(kept, fetched_at=datetime.now(UTC) - age)))


# What it forbids


def test_a_forbidden_page_is_not_asked_for_and_the_others_are(site: LoopbackSite) -> None:
    _publish(site, _text("User-agent: *", f"Disallow: {map_page_path(IDS[1])}/", f"Disallow: {map_page_path(IDS[2])}"))
    client = client_of(site.base_url, patience=PATIENT)
    asked = ask(client, IDS)
    assert asked.outcomes == dict.fromkeys(IDS[1:3], Outcome.DISALLOWED)
    assert set(asked.faults.values()) == {Fault.NOBODY}
    assert asked.stored_ids == {IDS[0], IDS[3]}
    assert set(site.requests_by_page()) == {IDS[0], IDS[3]}
    assert client.cool_downs.latest() is None
    for failure in asked.failures:
        assert "robots.txt" in failure.message
        assert map_page_path(failure.page_id) in failure.message


def test_it_lies_at_the_root_of_the_host_wherever_the_pages_lie(site: LoopbackSite) -> None:
    site.robots = _everything_forbidden()
    asked = ask(client_of(f"{site.base_url}/mirror"))
    assert asked.outcomes == {MAP: Outcome.DISALLOWED}
    assert [path for _, path in site.arrivals] == ["/robots.txt"]


def test_where_all_is_forbidden_only_robots_txt_is_asked_for(site: LoopbackSite) -> None:
    _publish(site, _everything_forbidden())
    asked = ask(client_of(site.base_url, concurrency=4), IDS)
    assert asked.outcomes == dict.fromkeys(IDS, Outcome.DISALLOWED)
    assert [path for _, path in site.arrivals] == ["/robots.txt"]


def test_it_is_asked_for_before_any_page_and_once_a_run(site: LoopbackSite) -> None:
    _publish(site, _text("User-agent: *", "Disallow:"))
    assert ask(client_of(site.base_url, concurrency=4), IDS).stored_ids == set(IDS)
    assert [path for _, path in site.arrivals].index("/robots.txt") == 0
    assert site.robots_asked == 1


@pytest.mark.parametrize(
    ("lines", "is_allowed"),
    [
        (["User-agent: *", "Disallow: /", "User-agent: hltv_assets", "Disallow: /admin"], True),
        (["User-agent: hltv_assets", "Disallow: /", "User-agent: *", "Disallow:"], False),
        (["User-agent: HLTV_ASSETS", "Disallow: /"], False),
        (["User-agent: otherbot", "Disallow: /"], True),
        (["User-agent: otherbot", "User-agent: *", "Disallow: /"], False),
        (["User-agent: *", "Disallow: /stats", "Allow: /stats/matches/mapstatsid/"], True),
        (["User-agent: *", "Allow: /stats", "Disallow: /stats/matches/mapstatsid/"], False),
        (["User-agent: *", "Disallow: /*/mapstatsid/"], False),
        (["User-agent: *", "Disallow: /stats$"], True),
        (["User-agent: *", "Disallow: /%73tats/"], False),
        (["user-AGENT:*", "disALLOW:/"], False),
        (["User-agent: *", "Disallow: / # everything"], False),
        (["Disallow: /"], True),
        (["<html><body>no such thing</body></html>"], True),
        ([""], True),
    ],
)
def test_rules_are_those_for_our_name_else_those_for_everybody(lines: list[str], *, is_allowed: bool) -> None:
    for newline in ("\n", "\r\n", "\r"):
        assert Robots(newline.join(lines), USER_AGENT).allows(ADDRESS) is is_allowed, repr(newline)


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (_text("User-agent: *", "Disallow: /", "", "User-agent: hltv_assets", "Disallow: /admin"), Outcome.OK),
        (_text("User-agent: hltv_assets", "Disallow: /", "", "User-agent: *", "Disallow:"), Outcome.DISALLOWED),
    ],
    ids=["we may", "we may not"],
)
def test_the_client_keeps_to_the_rules_for_its_name(site: LoopbackSite, robots: Answer, outcome: Outcome) -> None:
    _publish(site, robots)
    assert ask(client_of(site.base_url)).outcomes.get(MAP, Outcome.OK) is outcome


@pytest.mark.parametrize("to", ["/secret/x", "/stats/../secret/x", "/%73ecret/x", "{base}/secret/x"])
def test_a_page_that_leads_to_a_forbidden_path_is_not_followed(site: LoopbackSite, to: str) -> None:
    site.robots = _text("User-agent: *", "Disallow: /secret")
    site.publish(MAP, Answer(status=302, headers={"location": to.format(base=site.base_url)}))
    site.answers["/secret"] = good_page()
    failure = ask_for_one(client_of(site.base_url, patience=PATIENT))
    assert (failure.outcome, failure.fault) == (Outcome.DISALLOWED, Fault.NOBODY)
    assert len(site.requested) == 1


# How often it is asked for


def test_it_is_kept_for_a_day(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site, _text("User-agent: *", f"Disallow: {map_page_path(MAP)}"))
    client = client_of(site.base_url, state_folder=tmp_path)
    ask(client, IDS)
    site.robots = _everything_forbidden()
    for age in (timedelta(), timedelta(hours=23, minutes=59)):
        _age(tmp_path, age)
        asked = ask(client_of(site.base_url, state_folder=tmp_path), IDS)
        assert asked.outcomes == {MAP: Outcome.DISALLOWED}
    assert site.robots_asked == 1


@pytest.mark.parametrize(
    "age", [timedelta(hours=24), timedelta(days=99), -timedelta(hours=1)], ids=["a day", "99 days", "of the future"]
)
def test_after_a_day_it_is_asked_for_again_and_its_new_rules_hold(
    site: LoopbackSite, tmp_path: Path, age: timedelta
) -> None:
    _publish(site, Answer(status=404))
    client = client_of(site.base_url, state_folder=tmp_path)
    assert ask(client, IDS).failures == []
    _age(tmp_path, age)
    site.robots = _everything_forbidden()
    assert ask(client, IDS).outcomes == dict.fromkeys(IDS, Outcome.DISALLOWED)
    assert site.robots_asked == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0",
        b"{}",
        b"User-agent: *",
        b'{"url":"{url}","fetched_at":"now","text":""}',
        b'{"url":"{url}","fetched_at":"2026-03-01T12:00:00","text":""}',
        b'{"url":"{url}","fetched_at":"2026-03-01T12:00:00Z"}',
    ],
    ids=["empty", "zeros", "no fields", "no JSON", "no time", "a time of no zone", "no text"],
)
def test_a_kept_file_that_cannot_be_read_is_none(site: LoopbackSite, tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content.replace(b"{url}", f"{site.base_url}/robots.txt".encode()))
    _publish(site, _everything_forbidden())
    assert ask(client_of(site.base_url, state_folder=tmp_path)).outcomes == {MAP: Outcome.DISALLOWED}
    assert site.robots_asked == 1


def test_that_of_another_site_in_the_same_folder_is_not_used(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site, Answer(status=404))
    assert ask(client_of(site.base_url, state_folder=tmp_path)).stored_ids == {MAP}
    with serve() as other:
        _publish(other, _everything_forbidden())
        assert ask(client_of(other.base_url, state_folder=tmp_path)).outcomes == {MAP: Outcome.DISALLOWED}
        assert other.robots_asked == 1
        assert other.requested == []


# Where there is none, and where it cannot be had


@pytest.mark.parametrize("status", [400, 404, 410])
@pytest.mark.parametrize("body", [b"", b"User-agent: *\nDisallow: /"], ids=["empty", "rules"])
def test_a_site_without_one_may_be_asked_and_that_is_kept_too(
    site: LoopbackSite, tmp_path: Path, status: int, body: bytes
) -> None:
    _publish(site, Answer(body, status=status))
    client = client_of(site.base_url, state_folder=tmp_path)
    assert ask(client, IDS).stored_ids == set(IDS)
    assert ask(client, IDS).stored_ids == set(IDS)
    assert site.robots_asked == 1


@pytest.mark.parametrize(
    ("robots", "outcome", "requests"),
    [
        (Answer(status=500), Outcome.SERVER_ERROR, 3),
        (SERVER_ERROR, Outcome.SERVER_ERROR, 3),
        (Answer(b"User-agent: *", status=503), Outcome.SERVER_ERROR, 3),
        (Answer(b"no", status=403), Outcome.BLOCKED, 1),
        (Answer(b"no", status=401), Outcome.BLOCKED, 1),
        (BLOCKED, Outcome.BLOCKED, 1),
        (CHALLENGE, Outcome.BLOCKED, 1),
        (Answer(b"User-agent: *", headers={"cf-mitigated": "challenge"}), Outcome.BLOCKED, 1),
        (RATE_LIMITED, Outcome.RATE_LIMITED, 1),
        (rate_limited(0), Outcome.RATE_LIMITED, 2),
        (SILENT, Outcome.TIMEOUT, 3),
        (CUT_OFF, Outcome.CONNECTION, 3),
        (_HangsUp(), Outcome.CONNECTION, 3),
        (Answer(b"no gzip", headers={"content-encoding": "gzip"}), Outcome.UNDECODABLE, 3),
        (Answer(status=302, headers={"location": "https://example.invalid/"}), Outcome.REDIRECTED_AWAY, 1),
    ],
    ids=[
        "500", "502", "503", "403", "401", "challenge with 403", "challenge", "challenge by header", "429",
        "429, come at once", "silent", "cut off", "hangs up", "broken gzip", "redirect away",
    ],
)  # fmt: skip
def test_where_it_cannot_be_had_no_page_is_asked_for_and_it_is_the_sites_fault(
    site: LoopbackSite, robots: Answer, outcome: Outcome, requests: int
) -> None:
    _publish(site, robots)
    client = client_of(
        site.base_url, patience=PATIENT, read_timeout=0.3 if robots is SILENT else AT_MOST, concurrency=4
    )
    asked = ask(client, IDS)
    # The site may notice a request after nobody waits for its answer.
    wait_until(lambda: site.robots_asked >= requests)
    assert asked.stored == []
    assert site.requested == []
    assert site.robots_asked == requests
    assert asked.outcomes == {IDS[0]: outcome, **dict.fromkeys(IDS[1:], Outcome.NOT_TRIED)}
    assert set(asked.faults.values()) == {Fault.SITE}
    assert all("robots.txt" in failure.message for failure in asked.failures)
    assert client.cool_downs.current() is not None
    assert RobotsFile(client.states, f"{site.base_url}/robots.txt").fresh() is None


def test_where_nobody_listens_it_is_the_sites_fault() -> None:
    client = client_of(unused_address())
    asked = ask(client, IDS)
    assert asked.outcomes == {IDS[0]: Outcome.CONNECTION, **dict.fromkeys(IDS[1:], Outcome.NOT_TRIED)}
    assert set(asked.faults.values()) == {Fault.SITE}
    assert client.cool_downs.current() is not None


def test_an_old_copy_does_not_count_where_a_new_one_cannot_be_had(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site, Answer(status=404))
    client = client_of(site.base_url, state_folder=tmp_path)
    ask(client)
    _age(tmp_path, timedelta(days=2))
    site.robots = SERVER_ERROR
    assert ask_for_one(client).fault is Fault.SITE
    assert len(site.requested) == 1


def test_after_the_site_has_recovered_it_is_asked_for_again(site: LoopbackSite) -> None:
    _publish(site, SERVER_ERROR)
    client = client_of(site.base_url)
    ask(client, IDS)
    site.robots = _text("User-agent: *", f"Disallow: {map_page_path(MAP)}")
    assert client.cool_downs.end()
    assert ask(client, IDS).outcomes == {MAP: Outcome.DISALLOWED}


def test_one_that_moved_within_the_host_is_followed(site: LoopbackSite) -> None:
    _publish(site, Answer(status=301, headers={"location": "/rules/robots.txt"}))
    site.answers["/rules/robots.txt"] = _everything_forbidden()
    assert ask(client_of(site.base_url), IDS).outcomes == dict.fromkeys(IDS, Outcome.DISALLOWED)
    assert site.requested == ["/rules/robots.txt"]


# What it may look like


RULES = f"User-agent: *\nDisallow: {map_page_path(MAP)}\n"


@pytest.mark.parametrize(
    "body",
    [
        b"# caf\xe9 cr\xe8me\n" + RULES.encode(),
        b"\xff\xfe\xfd\n" + RULES.encode(),
        b"\xef\xbb\xbf" + RULES.encode(),
        b"\0\0\n" + RULES.encode(),
        "# 日本語 ✓\n".encode() + RULES.encode(),
        RULES.encode() + b"Sitemap: https://example.invalid/\xff\nCrawl-delay: soon\nNonsense\n:\n",
        RULES.encode() + b"#" * 400_000,
    ],
    ids=["Latin-1", "bytes of no text", "byte order mark", "zeros", "UTF-8", "nonsense", "long"],
)
def test_its_rules_are_found_however_it_is_written(site: LoopbackSite, body: bytes) -> None:
    _publish(site, Answer(body))
    asked = ask(client_of(site.base_url), IDS)
    assert asked.outcomes == {MAP: Outcome.DISALLOWED}
    assert asked.stored_ids == set(IDS[1:])


def test_one_that_came_packed_is_read(site: LoopbackSite) -> None:
    _publish(site, Answer(gzip.compress(RULES.encode()), headers={"content-encoding": "gzip"}))
    assert ask(client_of(site.base_url), IDS).outcomes == {MAP: Outcome.DISALLOWED}


def test_a_page_of_html_in_its_place_forbids_nothing(site: LoopbackSite) -> None:
    _publish(site, page("<!DOCTYPE html><html><title>HLTV</title><body>Home</body></html>"))
    assert ask(client_of(site.base_url), IDS).stored_ids == set(IDS)


@pytest.mark.parametrize(
    "robots",
    [
        Answer(RULES.encode() + b"# padding\n" * 300_000),
        Answer(gzip_bomb(64), headers={"content-encoding": "gzip"}),
    ],
    ids=["3 MB", "bomb"],
)
def test_a_huge_one_lets_nobody_ask_for_what_its_beginning_forbids(site: LoopbackSite, robots: Answer) -> None:
    _publish(site, robots)
    client = client_of(site.base_url)
    assert ask_for_one(client).outcome in {Outcome.DISALLOWED, Outcome.TOO_LARGE}
    assert site.requested == []
    assert not (client.state_folder / FILE).exists() or (client.state_folder / FILE).stat().st_size < MIB


# How fast it lets us ask


def _last_arrival(site: LoopbackSite) -> float:
    return max(at for at, path in site.arrivals if path != "/robots.txt")


@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_delay_that_it_asks_for_is_kept(site: LoopbackSite, concurrency: int) -> None:
    _publish(site, _text("User-agent: *", "Crawl-delay: 0.1"))
    began = time.time()
    assert ask(client_of(site.base_url, concurrency=concurrency), IDS).stored_ids == set(IDS)
    assert _last_arrival(site) - began >= 0.3


def test_it_is_kept_in_a_run_that_need_not_ask_for_it(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site, _text("User-agent: *", "Crawl-delay: 0.1"))
    ask(client_of(site.base_url, state_folder=tmp_path), IDS[:1])
    pace = FolderStateStore(tmp_path).state("pace", PaceState).read()
    assert pace is not None
    ask(client_of(site.base_url, state_folder=tmp_path), IDS[1:2])
    assert site.robots_asked == 1
    assert _last_arrival(site) - pace.latest_start >= 0.1


def test_our_own_longer_delay_is_kept_where_it_asks_for_less(site: LoopbackSite) -> None:
    _publish(site, _text("User-agent: *", "Crawl-delay: 0.01"))
    began = time.time()
    ask(client_of(site.base_url, min_delay=0.1), IDS)
    assert _last_arrival(site) - began >= 0.3


@pytest.mark.parametrize(
    ("line", "delay"),
    [
        ("Crawl-delay: 10", 10.0),
        ("crawl-delay:0.5", 0.5),
        ("Crawl-delay: 0", 0.0),
        ("Crawl-delay: 86400", 60.0),
        ("Crawl-delay: 1e99", 60.0),
        ("Crawl-delay: soon", 0.0),
        ("Crawl-delay:", 0.0),
        ("Disallow:", 0.0),
    ],
)
def test_it_may_ask_for_a_delay_of_up_to_a_minute(line: str, delay: float) -> None:
    assert Robots(f"User-agent: *\n{line}\n", USER_AGENT).crawl_delay == delay


@pytest.mark.parametrize("value", ["-5", "nan", "inf", "-inf"])
def test_no_number_of_its_own_makes_a_delay_that_is_none(value: str) -> None:
    assert 0 <= max(0.0, Robots(f"User-agent: *\nCrawl-delay: {value}\n", USER_AGENT).crawl_delay) <= 60


def test_the_delay_for_another_name_is_not_ours() -> None:
    text = "User-agent: otherbot\nCrawl-delay: 9\n\nUser-agent: *\nCrawl-delay: 3\n\nUser-agent: hltv_assets\n"
    assert Robots(text + "Crawl-delay: 2\n", USER_AGENT).crawl_delay == 2
    assert Robots(text + "Disallow: /x\n", "somebody else").crawl_delay == 3
