"""An archive in a bucket: what a batch costs in requests, and what a store says that cannot be had."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.archive.errors import ArchiveError
from hltv_assets.archive.storage import place_of, write_once
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import BODY, KIND, MAP, MATCH, put, put_batch
from testkit.bucket import Bucket
from testkit.lake import postgres_database
from testkit.world import World

pytestmark = pytest.mark.s3

_PUT_ONE = """
import sys
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import put
put(PageStore(sys.argv[1]), later=1.0)
"""


@pytest.fixture
def archive(bucket: Bucket) -> PageStore:
    return PageStore(f"{bucket.url}/archive")


def counted(store: PageStore) -> Counter[str]:
    """The requests that a store makes from now on, by the names that S3 has for them."""
    requests: Counter[str] = Counter()

    def note(event_name: str, **_: object) -> None:
        requests[event_name.rpartition(".")[2]] += 1

    store.root.fs.s3.meta.events.register("before-send.s3", note)
    return requests


def test_to_look_a_batch_up_takes_one_listing_a_page_whatever_else_is_archived(archive: PageStore) -> None:
    put_batch(archive, [BODY] * 12)
    requests = counted(archive)
    for number in range(4):
        assert archive.newest(KIND, MAP + number, MATCH)
    assert archive.newest(KIND, MAP + 99, MATCH) is None
    assert requests == {"ListObjectsV2": 4 + 2}  # for a page that is not there its parent is listed, too


def test_to_store_a_page_takes_one_request_and_to_load_it_two(archive: PageStore) -> None:
    put(archive)  # the first one of a process looks for a dictionary, too
    requests = counted(archive)
    place = put(archive, later=1.0)
    archive.load(place)
    assert requests == {"PutObject": 1, "HeadObject": 1, "GetObject": 1}


def test_what_another_process_stored_is_seen_though_the_folder_was_listed_before(
    archive: PageStore, bucket: Bucket
) -> None:
    before = put(archive)
    assert archive.newest(KIND, MAP, MATCH) == before
    subprocess.run([sys.executable, "-c", _PUT_ONE, f"{bucket.url}/archive"], check=True, timeout=120)
    after = archive.newest(KIND, MAP, MATCH)
    assert after is not None
    assert after > before


def test_what_is_stored_once_is_never_written_over(bucket: Bucket) -> None:
    place = place_of(f"{bucket.url}/page")
    write_once(place, b"first")
    write_once(place, b"second")
    assert place.read_bytes() == b"first"


@pytest.mark.parametrize("what", ["a bucket that is not there", "a server that is not there"])
def test_a_store_that_cannot_be_had_is_told_in_one_line_with_what_to_do(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "a server that is not there":
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        store = PageStore(f"{bucket.url}-other/archive")
    else:
        store = PageStore("s3://nobody-made-this-bucket/archive")
    with pytest.raises(ArchiveError, match="HLTV_ARCHIVE") as putting:
        put(store)
    assert "\n" not in str(putting.value)


def test_a_batch_looks_for_each_page_once_stores_it_once_and_reads_it_once(world: World, bucket: Bucket) -> None:
    world.knobs |= {"archive": f"{bucket.url}/archive"}
    pages = len(world.add_maps(4))
    assert world.plan().success
    requests = counted(PageStore(f"{bucket.url}/archive"))  # all places in buckets share a file system
    assert world.run_batch().success
    manifest, dictionary = 1, 4  # the pages of before are looked for once per process, to pack new ones with
    assert (requests["PutObject"], requests["GetObject"]) == (pages + manifest, pages + manifest)
    # A folder that is missing is looked for among its parent's, too.
    assert requests["ListObjectsV2"] <= 2 * pages + dictionary


def test_a_batch_goes_through_a_bucket_to_the_tables_and_runs_again_without_a_request(
    world: World, bucket: Bucket, tmp_path: Path
) -> None:
    world.knobs |= {"archive": f"{bucket.url}/archive"}
    world.add_maps(3)
    assert world.plan().success
    assert world.run_all().success
    assert not (tmp_path / "data" / "raw").exists()
    with world.warehouse.connect() as connection:
        assert connection.execute("SELECT count(*) FROM map_stats").fetchone() == (3,)
    asked = len(world.site.requested)
    assert world.run_all().success
    assert len(world.site.requested) == asked


@pytest.mark.lake
@pytest.mark.timeout(900)  # two worlds, one of them behind two servers, on a machine that may be busy
def test_everything_lies_in_a_bucket_and_a_lake_and_is_as_on_one_disk(
    world: World, bucket: Bucket, tmp_path: Path
) -> None:
    world.add_maps(3)
    assert world.plan().success
    assert world.run_all().success
    on_disk = world.content()
    with postgres_database() as address, dg.DagsterInstance.ephemeral() as instance:
        elsewhere = World(tmp_path / "elsewhere", world.site, instance)
        elsewhere.knobs |= {
            "warehouse": f"ducklake:postgres:{address}",
            **{place: f"{bucket.url}/{place}" for place in ("archive", "lake", "parsed")},
        }
        elsewhere.add_maps(3)
        assert elsewhere.plan().success
        assert elsewhere.run_all().success
        assert elsewhere.content() == on_disk
        assert elsewhere.materialize(["lake_upkeep"]).success
        assert elsewhere.content() == on_disk
    assert [file.name for file in (tmp_path / "elsewhere").iterdir()] in ([], ["site"])
