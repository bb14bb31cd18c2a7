"""What a page of HLTV.org says, and which page it is: bytes in, records out.

Pure: nothing here knows Dagster, a network or a database, so every parser can be used on its own. What is wrong with
a page is a `PageError` with a reason.
"""

from hltv_assets.pages.economy import parse_economy
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind
from hltv_assets.pages.map_stats import parse_map_stats
from hltv_assets.pages.match import parse_match
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.performance import parse_performance
from hltv_assets.pages.results import parse_results

__all__ = [
    "Outcome",
    "PageError",
    "PageKind",
    "parse_economy",
    "parse_map_stats",
    "parse_match",
    "parse_performance",
    "parse_results",
]
