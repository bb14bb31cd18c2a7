"""Batches are cut from what is due, newest first, and nothing ever leaves its batch."""

from datetime import UTC, datetime, timedelta

import pytest

from hltv_assets.warehouse.batch_members import batch_of
from hltv_assets.warehouse.batches import (
    CutBatches,
    batch_keys,
    check_batch_key,
    cut_batches,
    due_batch_keys,
    take_members,
)
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.errors import BatchKeyError
from testkit.world import put_maps


def _know(connection: Connection, matches: range, maps_each: int = 1) -> None:
    rows: list[dict[str, object]] = [
        {"match_id": match, "map_number": number, "mapstatsid": match * 10 + number, "status": "played"}
        for match in matches
        for number in range(1, maps_each + 1)
    ]
    put_maps(connection, rows)


def _members(connection: Connection, key: str) -> list[tuple[int, int | None]]:
    return [(member.match_id, member.map_number) for member in batch_of(connection, "map", key).members]


def test_due_maps_are_cut_into_batches_newest_match_first_its_maps_in_order(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 4), maps_each=2)
        keys = cut_batches(connection, "map", size=4, order="newest", used_keys=()).new
        assert keys == ["maps-000001", "maps-000002"]
        assert _members(connection, keys[0]) == [(3, 1), (3, 2), (2, 1), (2, 2)]
        assert _members(connection, keys[1]) == [(1, 1), (1, 2)]


def test_the_order_can_be_turned_round(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 4))
        keys = cut_batches(connection, "map", size=1, order="oldest", used_keys=()).new
        assert [_members(connection, key) for key in keys] == [[(1, 1)], [(2, 1)], [(3, 1)]]


def test_the_newest_due_match_comes_first_whatever_the_number_of_its_batch(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 4))
        cut_batches(connection, "map", size=2, order="newest", used_keys=())
        _know(connection, range(4, 5))
        cut = cut_batches(connection, "map", size=2, order="newest", used_keys=())
        newest_first = ["maps-000003", "maps-000001", "maps-000002"]
        assert cut.due == newest_first
        assert due_batch_keys(connection, "map", "newest") == newest_first
        assert due_batch_keys(connection, "map", "oldest") == newest_first[::-1]


def test_of_what_is_due_no_more_batches_are_cut_than_wanted(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 6))
        keys = cut_batches(connection, "map", size=2, order="newest", used_keys=(), most=1).new
        assert [_members(connection, key) for key in keys] == [[(5, 1), (4, 1)]]


def test_what_fills_no_batch_is_left_until_one_of_it_has_been_due_for_long_enough(warehouse: Warehouse) -> None:
    known_since = datetime.now(UTC) - timedelta(hours=2)
    with warehouse.connect() as connection:
        put_maps(
            connection,
            [
                {"match_id": match, "map_number": 1, "mapstatsid": match, "status": "played", "scraped_at": known_since}
                for match in range(1, 4)
            ],
        )

        def cut(max_wait: timedelta) -> CutBatches:
            return cut_batches(connection, "map", size=2, order="newest", used_keys=(), max_wait=max_wait)

        assert cut(timedelta(hours=3)) == CutBatches(new=["maps-000001"], due=["maps-000001"])
        assert cut(timedelta(hours=1)) == CutBatches(new=["maps-000002"], due=["maps-000001", "maps-000002"])
        assert _members(connection, "maps-000002") == [(1, 1)]


def test_a_map_is_in_one_batch_for_good(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 3))
        cut_batches(connection, "map", size=5, order="newest", used_keys=())
        assert cut_batches(connection, "map", size=5, order="newest", used_keys=()).new == []
        _know(connection, range(3, 4))
        assert cut_batches(connection, "map", size=5, order="newest", used_keys=()).new == ["maps-000002"]
        assert _members(connection, "maps-000002") == [(3, 1)]


def test_a_key_that_is_taken_is_not_used_again(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 2))
        keys = cut_batches(connection, "map", size=5, order="newest", used_keys=["maps-000041", "tonight"]).new
        assert keys == ["maps-000042"] == batch_keys(connection, "map")


def test_a_key_that_a_person_typed_takes_due_maps_once(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 4))
        assert take_members(connection, "map", "tonight", size=2, order="newest") == 2
        assert take_members(connection, "map", "tonight", size=2, order="newest") == 2
        assert _members(connection, "tonight") == [(3, 1), (2, 1)]
        assert take_members(connection, "map", "tomorrow", size=2, order="newest") == 1


def test_maps_that_are_not_due_or_have_no_page_are_not_cut(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _know(connection, range(1, 3))
        put_maps(connection, [{"match_id": 7, "map_number": 1, "status": "forfeit"}])
        connection.execute(
            "INSERT INTO page_failures BY NAME SELECT unnest(['map_stats', 'map_performance']) AS page_kind,"
            " 11 AS page_id, 'missing' AS status"
        )
        (key,) = cut_batches(connection, "map", size=5, order="newest", used_keys=()).new
        assert _members(connection, key) == [(2, 1)]


@pytest.mark.parametrize("key", ["maps-000001", "tonight", "2026-01-31", "a" * 100])
def test_keys_of_small_letters_digits_and_hyphens_are_taken(key: str) -> None:
    check_batch_key(key)


@pytest.mark.parametrize("key", ["Maps-1", "a b", "../../etc", "a/b", "", "ключ", "a_b", "a" * 101, "a\n", "."])
def test_a_key_of_another_form_is_refused_with_the_rule(key: str) -> None:
    with pytest.raises(BatchKeyError, match="a-z, 0-9 and -"):
        check_batch_key(key)
