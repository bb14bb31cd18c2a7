"""What pages are packed with: the newest dictionary of their kind, which is made when there are enough of them.

The first pages of a kind are packed alone. Old dictionaries stay for the pages that name them; a new one is made after
a while, since sites, teams and events change.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Lock

import msgspec

from hltv_assets.archive.dictionaries import PAGES_FOR_A_DICTIONARY, Dictionaries, made_at
from hltv_assets.archive.errors import ArchiveError
from hltv_assets.archive.page_file import PackingDictionary, PageNote
from hltv_assets.pages import PageKind

_RENEWED_AFTER = timedelta(days=90)


class _State(msgspec.Struct):
    """Of one kind: what is packed with, and places, oldest first, that the next dictionary can be made from."""

    dictionary: PackingDictionary | None
    is_due: bool
    samples: dict[str, None]


class Packing:
    """Which dictionaries this process packs with; several threads may store pages at once.

    Other processes may make dictionaries meanwhile: each page names its own, so nobody needs to know of the others.
    """

    def __init__(
        self,
        dictionaries: Dictionaries,
        *,
        recent: Callable[[PageKind, int], list[str]],
        load: Callable[[str], tuple[PageNote, bytes]],
    ) -> None:
        self._dictionaries = dictionaries
        self._recent = recent
        self._load = load
        self._states: dict[PageKind, _State] = {}
        self._lock = Lock()

    def dictionary(self, kind: PageKind) -> PackingDictionary | None:
        """Return the dictionary for a page of a kind; None as long as there are too few pages to make one of.

        Raises `ArchiveError` if the archive cannot be read or written.
        """
        with self._lock:
            state = self._states.get(kind) or self._states.setdefault(kind, self._begin(kind))
            if state.is_due and len(state.samples) >= PAGES_FOR_A_DICTIONARY:
                bodies = self._bodies(reversed(state.samples))
                if newest := next(bodies, None):  # if none can be read, it stays due
                    state.dictionary = self._dictionaries.make(kind, chain([newest], bodies))
                    state.is_due = False
                state.samples.clear()
            return state.dictionary

    def stored(self, kind: PageKind, place: str) -> None:
        """Take note of a page that was stored."""
        with self._lock:
            if self._states[kind].is_due:
                self._states[kind].samples[place] = None

    def _begin(self, kind: PageKind) -> _State:
        place = self._dictionaries.newest(kind)
        try:
            dictionary = self._dictionaries.for_packing(place) if place else None
        except ArchiveError:
            dictionary = None  # pages that need it will say so; those to come need another
        is_due = not place or not dictionary or datetime.now(UTC) - made_at(place) > _RENEWED_AFTER
        recent: list[str] = []
        if is_due:
            with suppress(ArchiveError):  # what lies in the way of other pages is not in the way of this one
                recent = self._recent(kind, PAGES_FOR_A_DICTIONARY)
        return _State(dictionary, is_due, dict.fromkeys(reversed(recent)))

    def _bodies(self, places: Iterable[str]) -> Iterator[bytes]:
        for place in places:
            try:
                yield self._load(place)[1]
            except ArchiveError:
                continue  # it is no worse than one page less
