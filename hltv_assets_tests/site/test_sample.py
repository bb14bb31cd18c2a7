"""The bundled sample: its files answer as a site would, without a network, and nothing beside them can be had."""

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.site.hosts import SAMPLE_BASE_URL
from hltv_assets.site.requests import PageRequest
from hltv_assets.site.sample import SampleTransport, sample_folder
from testkit.asking import MAP, SLUG, Asked, ask, client_of, map_html

HTML = map_html().encode()
PATH = f"/stats/matches/mapstatsid/{MAP}/any-slug"
SECRET = b"not for the world"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A sample with one page, and files outside of it that look like pages."""
    folder = tmp_path / "sample"
    (folder / "stats/matches/mapstatsid").mkdir(parents=True)
    (folder / f"stats/matches/mapstatsid/{MAP}.html.gz").write_bytes(gzip.compress(HTML))
    (tmp_path / "secret.html.gz").write_bytes(gzip.compress(SECRET))
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/deep.html.gz").write_bytes(gzip.compress(SECRET))
    return folder


def _get(folder: Path, path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=SampleTransport(folder)) as client:
            return await client.get(SAMPLE_BASE_URL + path)

    return asyncio.run(get())


def test_a_page_is_answered_with_the_bytes_of_its_file(sample: Path) -> None:
    response = _get(sample, PATH)
    assert response.status_code == 200
    assert response.content == HTML
    assert response.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("slug", ["x", "other", "with%20blank", "ünïcode", "a.b"])
def test_the_slug_is_cosmetic(sample: Path, slug: str) -> None:
    assert _get(sample, f"/stats/matches/mapstatsid/{MAP}/{slug}").content == HTML


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/x",
        f"/stats/matches/mapstatsid/{MAP + 1}/x",
        f"/stats/matches/performance/mapstatsid/{MAP}/x",
        f"/stats/matches/mapstatsid/{MAP}",
        "/stats/matches/mapstatsid/x",
        "/stats/x",
        f"/stats/matches/mapstatsid/{MAP}%00/x",
    ],
)
def test_what_is_not_there_is_not_found(sample: Path, path: str) -> None:
    assert _get(sample, path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret/x",
        "/%2e%2e/secret/x",
        "/%2E%2e/secret/x",
        "/..%2fsecret/x",
        "/..%2fsecret%2fx",
        "/%2e%2e%2fsecret%2fdeep/x",
        "/stats/../../secret/x",
        "/stats/%2e%2e/%2e%2e/secret/x",
        "/stats/%2e%2e/%2e%2e/secret/deep/x",
        "/stats%2f..%2f..%2fsecret/x",
        "/./%2e%2e/secret/x",
        "/..%5csecret/x",
        "//{outside}/secret/x",
        "/{outside}/secret/x",
        "/%2f{outside}/secret/x",
        "//%2f{outside}/secret/deep/x",
        "/stats/%2f{outside}/secret/x",
    ],
)
def test_no_path_leads_out_of_the_sample(sample: Path, path: str) -> None:
    response = _get(sample, path.format(outside=str(sample.parent).strip("/")))
    assert response.status_code == 404
    assert SECRET not in response.content


def test_the_client_asks_the_sample_as_it_asks_a_site(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hltv_assets.site.client.sample_folder", lambda: sample)
    asked = ask(client_of(SAMPLE_BASE_URL), [MAP, MAP + 1])
    (arrival,) = asked.stored
    assert arrival.body == HTML
    assert arrival.url == f"{SAMPLE_BASE_URL}/stats/matches/mapstatsid/{MAP}/{SLUG}"
    assert asked.outcomes == {MAP + 1: Outcome.NOT_FOUND}


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (b"no gzip", Outcome.UNDECODABLE),
        (b"", Outcome.TRUNCATED),
        (gzip.compress(HTML)[:-2_000], Outcome.TRUNCATED),
        (gzip.compress(map_html(MAP + 1).encode()), Outcome.WRONG_PAGE),
    ],
    ids=["no gzip", "empty", "cut off", "another map"],
)
def test_a_damaged_file_of_the_sample_is_no_page(
    sample: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, outcome: Outcome
) -> None:
    monkeypatch.setattr("hltv_assets.site.client.sample_folder", lambda: sample)
    (sample / f"stats/matches/mapstatsid/{MAP}.html.gz").write_bytes(content)
    assert ask(client_of(SAMPLE_BASE_URL)).outcomes == {MAP: outcome}


def test_every_page_of_the_bundled_sample_arrives() -> None:
    files = {"matches": PageKind.MATCH, "stats/matches/mapstatsid": PageKind.MAP_STATS, "results": PageKind.RESULTS}
    files["stats/matches/performance/mapstatsid"] = PageKind.MAP_PERFORMANCE
    files["stats/matches/economy/mapstatsid"] = PageKind.MAP_ECONOMY
    requests = [
        PageRequest(page_kind=kind, page_id=int(file.name.split(".")[0]))
        for folder, kind in files.items()
        for file in (sample_folder() / folder).glob("*.html.gz")
    ]
    asked = Asked()
    (empty,) = client_of(SAMPLE_BASE_URL, concurrency=4).fetch(requests, asked)
    assert empty.outcome is Outcome.NO_DATA
    assert len(asked.stored) == len(requests) - 1 == len(list(sample_folder().rglob("*.html.gz"))) - 1
