"""What can be wrong in the archive."""

from hltv_assets.errors import HltvError


class ArchiveError(HltvError):
    """The archive cannot do what it was asked to; the message says where and what to do."""


class CorruptPageError(ArchiveError):
    """A stored page that is not what was stored."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}; move this file away to have the page fetched again")
        self.place = place


class MissingPageError(ArchiveError):
    """A page that a manifest names and the archive does not have."""


class DictionaryError(ArchiveError):
    """A dictionary that is gone or damaged: no page is to blame, and those packed with it need it back."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(
            f"{place}: {what}; pages are packed with this dictionary: restore it from a backup, or move those pages "
            "away, and they are fetched again"
        )
        self.place = place


class ManifestError(ArchiveError):
    """A batch without a manifest, or with one that cannot be read."""
