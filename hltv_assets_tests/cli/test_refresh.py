"""What `hltv-assets refresh` does: the tables follow the site, or it says what is still owed."""

from dataclasses import replace

import pytest

from hltv_assets.cli.refresh import refresh_match
from hltv_assets.cli.sync import sync
from hltv_assets.settings import Settings
from hltv_assets.warehouse.errors import UnknownMatchError
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from testkit.loopback_site import Answer, LoopbackSite
from testkit.plans import plan
from testkit.shell import Shell
from testkit.synced import publish_match

MATCH = plan(0).match_id


def stages(settings: Settings) -> dict[int, str]:
    with FileWarehouse(settings.warehouse, wait=1).connect() as connection:
        return dict(connection.execute("SELECT match_id, stage FROM matches").fetchall())


@pytest.fixture
def corrected(synced: Settings, site: LoopbackSite) -> Settings:
    """A warehouse with two matches, one of which the site tells otherwise since."""
    publish_match(site, replace(plan(0), stage="Grand final"))
    return synced


@pytest.mark.graph
def test_a_refresh_brings_all_pages_of_the_match_and_no_others(
    corrected: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refresh_match(corrected, MATCH)
    assert stages(corrected) == {MATCH: "Grand final", plan(1).match_id: "Group stage"}
    assert len(site.requested) == len(set(site.requested)) == 10
    assert f"match {MATCH}: 10 of 10 pages arrived again and are in the tables" in capsys.readouterr().out


@pytest.mark.graph
def test_what_did_not_arrive_is_told_and_the_next_sync_brings_it(
    corrected: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = dict(site.answers)
    site.answers[f"/matches/{MATCH}"] = Answer(b"<html>")
    assert not refresh_match(corrected, MATCH)
    out = capsys.readouterr().out
    assert "truncated" in out
    assert f"match {MATCH}: 9 of 10 pages arrived again and are in the tables" in out
    assert "1 are still owed" in out
    site.answers.update(whole)
    assert sync(corrected)
    assert stages(corrected)[MATCH] == "Grand final"


def test_a_match_that_is_not_known_is_refused_without_a_request(corrected: Settings, site: LoopbackSite) -> None:
    with pytest.raises(UnknownMatchError, match="match 5 is unknown"):
        refresh_match(corrected, 5)
    assert site.requested == []


def test_the_command_refuses_a_match_that_is_not_known_in_a_line(ready: Shell) -> None:
    for match in ("5", "https://www.hltv.org/matches/5/one-vs-two"):
        run = ready.invoke("refresh", match)
        assert run.exit_code == 1
        assert run.stderr.startswith("Error: match 5 is unknown")
        assert len(run.stderr.splitlines()) == 1
