"""How many inputs a test tries that invents them: few by default, all where HLTV_TEST_EXAMPLES says so."""

import os

FEW = 25
FEW_OF_EACH = 5  # of each kind of input, where a test takes one kind after the other
FEW_FOR_SHARES = 200  # enough that a test may say which share of them must end how


def examples(count: int, few: int = FEW) -> int:
    """Return `count` if all examples are wanted (HLTV_TEST_EXAMPLES=all), else at most a few."""
    return count if os.environ.get("HLTV_TEST_EXAMPLES") == "all" else min(count, few)
