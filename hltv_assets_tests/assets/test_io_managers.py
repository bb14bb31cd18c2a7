"""Dagster's way to a batch, with Dagster's own contexts and a run of two small assets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import msgspec
import pytest
from upath import UPath

from hltv_assets.archive.errors import ArchiveError, ManifestError
from hltv_assets.archive.manifest import Manifest
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.io_managers import ManifestIOManager
from hltv_assets.pages import PageKind
from hltv_assets_tests.archive.storing import BATCH, CountingStore, files_below, on_both_kinds_of_place, put_batch

ASSET = "raw_map_html"
BATCHES = dg.DynamicPartitionsDefinition(name="map_batches")
BODIES = [f"<html>page {number}</html>".encode() for number in range(3)]


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def batches(store: PageStore, instance: dg.DagsterInstance) -> "Batches":
    return Batches(store, instance)


@dataclass
class Batches:
    """The batches of a store, as Dagster stores and loads them."""

    store: PageStore
    instance: dg.DagsterInstance

    def dump(self, manifest: Manifest, key: str = BATCH) -> None:
        """Store a manifest."""
        with dg.build_output_context(partition_key=key, **self._about(key)) as context:
            ManifestIOManager(self.store).handle_output(context, manifest)

    def load(self, key: str = BATCH) -> Manifest:
        """Load a manifest."""
        with dg.build_input_context(partition_key=key, **self._about(key)) as context:
            loaded = ManifestIOManager(self.store).load_input(context)
        assert isinstance(loaded, Manifest)
        return loaded

    def file(self, key: str = BATCH) -> UPath:
        """Where the manifest of a batch lies."""
        return self.store.root / f"manifests/{ASSET}/{key}.json"

    def _about(self, key: str) -> dict[str, Any]:
        self.instance.add_dynamic_partitions("map_batches", [key])
        return {"asset_key": ASSET, "asset_partitions_def": BATCHES, "instance": self.instance}


@on_both_kinds_of_place
def test_a_manifest_that_was_stored_loads_as_it_was(store: PageStore, batches: Batches) -> None:
    manifest = put_batch(store, BODIES)
    batches.dump(manifest)
    assert batches.load() == manifest


@on_both_kinds_of_place
def test_a_manifest_is_a_file_that_a_person_can_read(store: PageStore, batches: Batches) -> None:
    manifest = put_batch(store, BODIES)
    batches.dump(manifest)
    content = batches.file().read_text()
    assert content.count("\n") > 10
    assert msgspec.json.decode(content, type=Manifest) == manifest
    assert manifest.pages[0].sha256 in content


def test_batches_do_not_get_in_each_others_way(store: PageStore, batches: Batches) -> None:
    for key, bodies in (("maps-000001", BODIES), ("maps-000002", BODIES[:1])):
        batches.dump(msgspec.structs.replace(put_batch(store, bodies), batch_key=key), key)
    assert [len(batches.load(key).pages) for key in ("maps-000001", "maps-000002")] == [3, 1]


@pytest.mark.parametrize("key", ["maps-1.5", "maps.json", "2026-11-23", "a b"])
def test_a_key_is_the_name_of_its_file_whatever_it_holds(store: PageStore, batches: Batches, key: str) -> None:
    batches.dump(msgspec.structs.replace(put_batch(store, BODIES), batch_key=key), key)
    assert batches.file(key).exists()
    assert len(batches.load(key).pages) == 3


def test_a_manifest_stored_again_replaces_the_old_one(store: PageStore, batches: Batches) -> None:
    batches.dump(put_batch(store, BODIES[:1]))
    batches.dump(put_batch(store, BODIES))
    assert len(batches.load().pages) == 3
    assert len(list(batches.file().parent.iterdir())) == 1


def test_loading_a_batch_reads_no_page(location: str, instance: dg.DagsterInstance) -> None:
    store = CountingStore(location)
    batches = Batches(store, instance)
    batches.dump(put_batch(store, BODIES))
    assert (len(batches.load().pages), store.read) == (3, [])


# Without a manifest, or with a bad one


@on_both_kinds_of_place
@pytest.mark.parametrize("others", [False, True], ids=["no manifest at all", "that of another batch"])
def test_a_batch_without_a_manifest_says_what_to_do(store: PageStore, batches: Batches, *, others: bool) -> None:
    if others:
        batches.dump(put_batch(store, BODIES), "maps-000002")
    with pytest.raises(ManifestError, match=rf"{BATCH} has no manifest.*materialize the raw asset") as raised:
        batches.load()
    assert "\n" not in str(raised.value)


def _damaged(manifest: Manifest) -> dict[str, bytes]:
    whole = msgspec.json.encode(manifest)
    return {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "not JSON": b"<html>",
        "not UTF-8": b"\xff\xfe\x00",
        "not UTF-8 within": whole.replace(BATCH.encode(), b"maps-\xff"),
        "a list": b"[]",
        "null": b"null",
        "without pages": b'{"batch_key": "maps-000001"}',
        "unknown kind": whole.replace(b'"map_stats"', b'"map_stories"'),
        "id in words": whole.replace(b'"page_id":', b'"page_id":"one","x":'),
    }


@pytest.mark.parametrize(
    "damage",
    [
        "empty",
        "half",
        "not JSON",
        "not UTF-8",
        "not UTF-8 within",
        "a list",
        "null",
        "without pages",
        "unknown kind",
        "id in words",
    ],
)
def test_a_manifest_that_cannot_be_read_says_where_and_what_to_do(
    store: PageStore, batches: Batches, damage: str
) -> None:
    manifest = put_batch(store, BODIES)
    batches.dump(manifest)
    batches.file().write_bytes(_damaged(manifest)[damage])
    with pytest.raises(ManifestError, match=r"cannot be read.*materialize the raw asset again") as raised:
        batches.load()
    assert f"{BATCH}.json" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_manifest_of_another_batch_in_a_batchs_place_is_refused(store: PageStore, batches: Batches) -> None:
    other = msgspec.structs.replace(put_batch(store, BODIES), batch_key="maps-000002")
    batches.dump(other, BATCH)
    with pytest.raises(ManifestError):
        batches.load(BATCH)


def test_a_file_in_the_place_of_the_manifests_folder_is_told_in_one_line(store: PageStore, batches: Batches) -> None:
    manifest = put_batch(store, BODIES)
    (store.root / "manifests").write_text("in the way")
    with pytest.raises(ArchiveError, match="HLTV_ARCHIVE") as dumping:
        batches.dump(manifest)
    with pytest.raises(ArchiveError, match="HLTV_ARCHIVE") as loading:
        batches.load()
    assert "\n" not in f"{dumping.value}{loading.value}"


def test_a_folder_in_the_place_of_a_manifest_is_told_in_one_line(batches: Batches) -> None:
    batches.file().mkdir(parents=True)
    with pytest.raises(ArchiveError) as raised:
        batches.load()
    assert "\n" not in str(raised.value)


# Nothing leaves the archive


@pytest.mark.parametrize("key", ["../outside", "..", ".", "/outside", "a/../../outside", "a/b", "..\\outside"])
def test_a_hostile_key_is_refused_and_nothing_is_written(
    store: PageStore, batches: Batches, tmp_path: Path, key: str
) -> None:
    manifest = put_batch(store, BODIES)
    before = files_below(tmp_path)
    with pytest.raises(ManifestError, match="not a batch key"):
        batches.dump(manifest, key)
    with pytest.raises(ManifestError, match="not a batch key"):
        batches.load(key)
    assert files_below(tmp_path) == before


# A run of Dagster's


@on_both_kinds_of_place
def test_a_run_hands_the_manifest_of_a_batch_to_the_next_asset(store: PageStore) -> None:
    manifest = put_batch(store, BODIES)
    seen: list[str] = []

    @dg.asset(name=ASSET, partitions_def=BATCHES, io_manager_key="raw")
    def raw() -> Manifest:
        return manifest

    @dg.asset(partitions_def=BATCHES, ins={"pages": dg.AssetIn(ASSET)})
    def parsed(pages: Manifest) -> None:
        seen.extend(entry.place for entry in pages.pages)

    resources = {"raw": ManifestIOManager(store)}
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("map_batches", [BATCH, "maps-000002"])
        assert dg.materialize([raw, parsed], partition_key=BATCH, instance=instance, resources=resources).success
        alone = dg.materialize(
            [raw, parsed],
            selection=[parsed],
            partition_key="maps-000002",
            instance=instance,
            resources=resources,
            raise_on_error=False,
        )
    assert seen == [entry.place for entry in manifest.pages]
    assert not alone.success
    assert "has no manifest" in _failure_texts(alone)[0]


def _failure_texts(result: dg.ExecuteInProcessResult) -> Sequence[str]:
    return [str(event.step_failure_data.error) for event in result.all_events if event.is_step_failure]


def test_the_manifest_tells_the_kind_of_its_pages(store: PageStore, batches: Batches) -> None:
    batches.dump(msgspec.structs.replace(put_batch(store, BODIES), page_kind=PageKind.MAP_ECONOMY))
    assert batches.load().page_kind is PageKind.MAP_ECONOMY
