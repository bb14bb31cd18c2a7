"""A state that many machines share: changed by one at a time, and none where there is none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import pairwise

import msgspec
import psycopg2
import pytest

from hltv_assets.lake.site_state import PostgresState, PostgresStateStore
from hltv_assets.site.cool_down import CoolDowns
from hltv_assets.site.pace import Pace
from testkit.lake import postgres_database

pytestmark = pytest.mark.lake


class Count(msgspec.Struct, frozen=True):
    number: int


@pytest.fixture
def address() -> Iterator[str]:
    with postgres_database() as database:
        yield database


def test_a_state_is_what_it_was_changed_to_and_none_before_and_after(address: str) -> None:
    kept = PostgresState(address, "count", Count)
    assert kept.read() is None
    assert kept.change(lambda before: Count(1) if before is None else None) == Count(1)
    assert PostgresState(address, "count", Count).read() == Count(1)
    assert PostgresState(address, "another", Count).read() is None
    assert kept.change(lambda _: None) is None
    assert kept.read() is None


def test_of_many_changes_at_once_none_is_lost(address: str) -> None:
    def count(_: int) -> None:
        PostgresState(address, "count", Count).change(lambda before: Count(before.number + 1 if before else 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(40)))
    assert PostgresState(address, "count", Count).read() == Count(40)


def test_a_change_that_fails_changes_nothing(address: str) -> None:
    kept = PostgresState(address, "count", Count)
    kept.change(lambda _: Count(1))

    def fails(_: Count | None) -> Count:
        raise KeyError

    with pytest.raises(KeyError):
        kept.change(fails)
    assert kept.read() == Count(1)


def test_a_state_that_cannot_be_read_counts_as_none(address: str) -> None:
    PostgresState(address, "count", Count).change(lambda _: Count(1))
    with closing(psycopg2.connect(address)) as session, session, session.cursor() as cursor:
        cursor.execute("UPDATE hltv_kept_states SET state = '{\"num'")
    assert PostgresState(address, "count", Count).read() is None


def test_without_postgres_nobody_takes_the_site_for_free(address: str) -> None:
    del address  # there is a Postgres, but not on this port
    with pytest.raises(ConnectionError, match="cannot be read"):
        PostgresState("host=127.0.0.1 port=1 dbname=x user=x", "count", Count).read()


def test_a_block_that_one_machine_met_holds_for_the_others(address: str) -> None:
    here, there = (CoolDowns(PostgresStateStore(address, "a.invalid"), timedelta(minutes=15)) for _ in range(2))
    begun = here.begin("blocked: a challenge")
    assert there.current() == begun
    assert there.end()
    assert here.current() is None


def test_machines_share_one_pace(address: str) -> None:
    def book(_: int) -> float:
        return Pace(PostgresStateStore(address, "a.invalid"), delay=1.0).book()

    with ThreadPoolExecutor(4) as pool:
        starts = sorted(pool.map(book, range(12)))
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 1.0
