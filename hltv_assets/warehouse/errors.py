"""What can be wrong with the warehouse."""

from hltv_assets.errors import HltvError


class WarehouseError(HltvError):
    """The warehouse cannot do what it was asked to; the message says why and what to do."""


class WarehouseBusyError(WarehouseError):
    """Another process holds the DuckDB file, and did not let go of it in time."""


class WrongSiteError(WarehouseError):
    """Pages of one site were about to be mixed with those of another."""


class BatchKeyError(WarehouseError):
    """A partition key that no batch can have."""


class UnknownMatchError(WarehouseError):
    """A match of which the warehouse knows nothing."""
