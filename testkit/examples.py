"""How many inputs a test tries that invents them: few by default, all where HLTV_TEST_EXAMPLES says so."""

import os

FEW = 25


def examples(count: int) -> int:
    """Return `count` if all examples are wanted (HLTV_TEST_EXAMPLES=all), else at most a few."""
    return count if os.environ.get("HLTV_TEST_EXAMPLES") == "all" else min(count, FEW)
