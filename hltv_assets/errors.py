"""The base of every error of this project that somebody can act on."""


class HltvError(Exception):
    """Something went wrong that you can act on; the message says what happened and what to do now."""
