"""The proof: batches on a cluster whose parts are killed in between, compared with a run in one process.

`python -m tools.cluster_proof --batches 60` prints what it saw, and ends with 1 if something is wrong.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import msgspec

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.schema.tables import DATA_TABLES
from testkit.cluster import Cluster, cluster
from testkit.growing_site import GrowingSite
from testkit.loopback_site import LoopbackSite, serve
from testkit.plans import match_of_one_map
from testkit.service import QUICK
from testkit.synced import sync_once
from testkit.world import World

DELAY = 1.5  # seconds between two requests
# The rate is that of so many delays in a row, less what the first request may be held up on its way to the site, by a
# busy machine above all: little enough that one request too many among them is seen.
_IN_A_ROW = 5
_ON_THE_WAY = 1.2
_MATCHES_A_BATCH = 2
# Far more than it takes: what is not done by then is stuck.
_SECONDS_TO_START, _SECONDS_A_BATCH = 200, 100
# When its share of the batches is done, a part is killed, and started again.
_KILLS = ((0.15, "fetch"), (0.3, "work-1"), (0.45, "redis"), (0.6, "code"), (0.75, "work-2"))
# Of a page that arrived, these say when and how; of a row, when it was written.
_OF_THE_ARRIVAL = frozenset(["scraped_at", "updated_at", "discovered_at"])

_DONE = """
WITH pending AS (
    SELECT 'match' AS page_group, match_id AS page_id FROM pending_matches
    UNION ALL
    SELECT 'map', mapstatsid FROM pending_maps
)
SELECT count(*) FROM (
    SELECT batch_key FROM batch_members LEFT JOIN pending USING (page_group, page_id)
    GROUP BY page_group, batch_key HAVING count(pending.page_id) = 0
)
"""

Rows = dict[str, list[tuple[object, ...]]]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen; `asked_again` are pages that were asked for more than once, `most_again` how many may be;
    `least_delays` is the least that five delays between requests took together, in seconds.
    """

    batches: int
    seconds: float
    killed: Sequence[str]
    differing_tables: Sequence[str]
    rows: int
    asked_again: int
    most_again: int
    least_delays: float
    unfinished: int
    dead: Sequence[str]

    @property
    def problems(self) -> list[str]:
        """What must not be, in words."""
        found = {
            f"other rows than in one process: {', '.join(self.differing_tables)}": bool(self.differing_tables),
            "there are no rows at all": not self.rows,
            f"{self.asked_again} pages were asked for again, {self.most_again} may be": (
                self.asked_again > self.most_again
            ),
            f"{_IN_A_ROW} delays in a row took {self.least_delays:.3f} s, not {_IN_A_ROW * DELAY:g}": (
                self.least_delays < _IN_A_ROW * DELAY - _ON_THE_WAY
            ),
            f"{self.unfinished} runs are stuck": self.unfinished > 0,
            f"ended by themselves: {', '.join(self.dead)}": bool(self.dead),
        }
        return [problem for problem, is_there in found.items() if is_there]


def prove(folder: Path, batches: int, *, tell: Callable[[str], None]) -> Proof:
    """Let a cluster read a site, kill its parts in between, and compare what comes of it with one process."""
    with serve() as site:
        world = GrowingSite(site)
        world.grow([match_of_one_map(number) for number in range(batches * _MATCHES_A_BATCH // 2)])
        knobs = {
            **QUICK,
            "HLTV_BASE_URL": site.base_url,
            "HLTV_BATCH_SIZE": str(_MATCHES_A_BATCH),
            "HLTV_MIN_DELAY": str(DELAY),
            "HLTV_CONCURRENCY": "1",
        }
        patience = _SECONDS_TO_START + _SECONDS_A_BATCH * batches
        with cluster(folder / "cluster", knobs, patience=patience) as running:
            started = time.monotonic()
            killed = _run(running, batches, tell)
            seconds = time.monotonic() - started
            asked, delays = _asked_again(site), _least_delays(site)
            unfinished, dead = running.open_runs(), running.dead()
            rows = _rows(running.warehouse)
        expected = _rows(_in_one_process(folder / "one", site))
    return Proof(
        batches=batches,
        seconds=seconds,
        killed=killed,
        differing_tables=[name for name, found in rows.items() if found != expected[name]],
        rows=sum(map(len, rows.values())),
        asked_again=asked,
        # The listing is read every minute; of pages, that which the killed worker had under way.
        most_again=killed.count("fetch"),
        least_delays=delays,
        unfinished=unfinished,
        dead=dead,
    )


def _run(running: Cluster, batches: int, tell: Callable[[str], None]) -> list[str]:
    """Start everything, kill each part when it is its turn, and wait until all is done; return what was killed."""
    kills = list(_KILLS)
    killed: list[str] = []
    running.start_all()

    def is_done() -> bool:
        done = _done_batches(running)
        if kills and done >= kills[0][0] * batches:
            _, part = kills.pop(0)
            tell(f"{done} of {batches} batches are done, {part} is killed")
            running.kill(part)
            running.start(part)
            killed.append(part)
        return done >= batches and not kills

    running.wait_until(is_done)
    running.wait_until(lambda: not running.open_runs())
    return killed


def _done_batches(running: Cluster) -> int:
    """How many batches have all rows of all their pages."""
    with running.warehouse.connect() as connection:
        row = connection.execute(_DONE).fetchone()
    return int(row[0]) if row else 0


def _rows(warehouse: Warehouse) -> Rows:
    with warehouse.connect() as connection:
        return {
            table.name: connection.execute(
                f"SELECT * EXCLUDE ({', '.join(_OF_THE_ARRIVAL & set(table.column_names()))})"
                f" FROM {table.name} ORDER BY ALL"
            ).fetchall()
            for table in DATA_TABLES
        }


def _in_one_process(folder: Path, site: LoopbackSite) -> Warehouse:
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(folder, site, instance)
        if not all(result.success for result in sync_once(world)):
            raise RuntimeError("the run in one process failed")
        return world.warehouse


def _asked_again(site: LoopbackSite) -> int:
    asked = Counter(path for path in site.requested if not path.startswith("/results"))
    return sum(count - 1 for count in asked.values())


def _least_delays(site: LoopbackSite) -> float:
    times = sorted(at for at, _ in site.arrivals)
    return min(later - earlier for earlier, later in zip(times, times[_IN_A_ROW:], strict=False))


def main() -> None:
    """Prove it, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=60)
    batches = parser.parse_args().batches
    with tempfile.TemporaryDirectory(prefix="hltv-assets-cluster-") as folder:
        proof = prove(Path(folder), batches, tell=lambda line: print(line, flush=True))
    print(
        f"{proof.batches} batches in {proof.seconds:.0f} s, {proof.rows:,} rows; killed: {', '.join(proof.killed)};"
        f" pages asked for again: {proof.asked_again}; {_IN_A_ROW} delays took at least {proof.least_delays:.3f} s"
    )
    for problem in proof.problems:
        print(problem)
    sys.exit(1 if proof.problems else 0)


if __name__ == "__main__":
    main()
