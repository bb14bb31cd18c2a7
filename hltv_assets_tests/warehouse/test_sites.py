"""A warehouse belongs to one site."""

import pytest

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WrongSiteError
from hltv_assets.warehouse.sites import check_site, claim_for_site, source_site


def test_a_warehouse_belongs_to_the_first_site_that_fills_it(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        assert source_site(connection) is None
        claim_for_site(connection, "one.invalid")
        claim_for_site(connection, "one.invalid")
        assert source_site(connection) == "one.invalid"


def test_a_site_that_is_only_asked_whether_it_may_fill_a_warehouse_does_not_claim_it(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        check_site(connection, "wwww.one.invalid")
        claim_for_site(connection, "www.one.invalid")
        with pytest.raises(WrongSiteError, match="make setup DATA="):
            check_site(connection, "wwww.one.invalid")


def test_another_site_is_refused_with_what_to_do(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        claim_for_site(connection, "one.invalid")
        with pytest.raises(WrongSiteError, match="make setup DATA="):
            claim_for_site(connection, "two.invalid")
        assert source_site(connection) == "one.invalid"
