"""What two cores give: `python -m benchmarks.cores [COUNT]` prints how many times as fast two processes count as one.

Cores that a machine shares with others, or that are two threads of one, give less than two: no program gains more.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from statistics import median

_COUNTED = 10_000_000
_TIMES = 5


def main() -> None:
    """Count alone and two at once, in turns, and print the median ratio."""
    with ProcessPoolExecutor(2) as pool:
        count = int(sys.argv[1]) if len(sys.argv) > 1 else _COUNTED
        _seconds(pool, 2, count)  # both processes are started
        print(median(2 * _seconds(pool, 1, count) / _seconds(pool, 2, count) for _ in range(_TIMES)))


def _seconds(pool: ProcessPoolExecutor, at_once: int, count: int) -> float:
    started = time.perf_counter()
    list(pool.map(_count, [count] * at_once))
    return time.perf_counter() - started


def _count(number: int) -> int:
    return sum(range(number))


if __name__ == "__main__":
    main()
