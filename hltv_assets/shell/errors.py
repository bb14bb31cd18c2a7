"""What can go wrong in a verb that is of none of the rooms."""


class RunFailedError(Exception):
    """A run in this process failed, and no page is to blame; the message is what its steps said."""
