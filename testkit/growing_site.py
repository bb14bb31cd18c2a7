"""A site whose listing grows: new matches are published on it as time goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from testkit.invented.match_facts import InventedMatch, PlannedMatch
from testkit.invented.results_page import listed
from testkit.loopback_site import LoopbackSite
from testkit.synced import publish_listing, publish_match


@dataclass
class GrowingSite:
    """A loopback site, and the matches that are on it."""

    site: LoopbackSite
    matches: list[InventedMatch] = field(default_factory=list)

    def grow(self, plans: Sequence[PlannedMatch]) -> list[InventedMatch]:
        """Publish new matches: first their pages, then the listing that shows them."""
        added = [publish_match(self.site, plan) for plan in plans]
        self.matches += added
        publish_listing(self.site, [listed(match.plan) for match in self.matches])
        return added
