"""Whose map a picture is of."""

import msgspec


class MapTeams(msgspec.Struct, frozen=True, kw_only=True):
    """The teams of a map, left and right as its page has them; a name that is not known yet is None."""

    left_id: int
    right_id: int
    left_name: str | None
    right_name: str | None

    @property
    def left(self) -> str:
        """What the left team is called."""
        return self.left_name or f"team {self.left_id}"

    @property
    def right(self) -> str:
        """What the right team is called."""
        return self.right_name or f"team {self.right_id}"
