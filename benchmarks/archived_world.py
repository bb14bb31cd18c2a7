"""A data folder with thousands of archived map pages that are in no table yet, as `reparse` and a batch find it."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.pages import big_page, invented_map_page, numbered_map_page
from hltv_assets.archive.manifest import Manifest, ManifestEntry, manifest_folder
from hltv_assets.archive.storage import write_whole
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets.pipeline.chain import MAP_STATS_CHAIN
from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.schema.match_tables import MAPS
from testkit.invented.world import FIRST_MAPSTATSID, FIRST_MATCH_ID

_HOST = "sample.invalid"
_ARRIVED = datetime(2026, 11, 1, tzinfo=UTC)


def build_world(folder: Path, *, maps: int, batch_size: int) -> Settings:
    """Fill a data folder: maps, batches, one archived page a map, and manifests; return its settings."""
    return _build(folder, maps=maps, batch_size=batch_size, page=numbered_map_page)


def build_world_of_big_pages(folder: Path, *, maps: int) -> Settings:
    """Fill a data folder with one batch of maps whose pages are as browsers save them, 6 MB each."""
    return _build(folder, maps=maps, batch_size=maps, page=lambda number: big_page(invented_map_page(number)))


def _build(folder: Path, *, maps: int, batch_size: int, page: Callable[[int], bytes]) -> Settings:
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings(data_dir=folder, base_url=f"https://{_HOST}")
    archive = PageStore(settings.archive)
    batches: dict[str, list[ManifestEntry]] = {}
    for number in range(maps):
        key = f"maps-{number // batch_size + 1:06d}"
        batches.setdefault(key, []).append(_archive(archive, number, page(number)))
    for key, entries in batches.items():
        manifest = Manifest(
            batch_key=key,
            page_kind=PageKind.MAP_STATS,
            pages=tuple(entries),
            run_id="bench",
            fetched=len(entries),
            bytes_fetched=0,
        )
        write_whole(manifest_folder(archive) / MAP_STATS_CHAIN.raw_asset / f"{key}.json", msgspec.json.encode(manifest))
    _make_known(FileWarehouse(settings.warehouse, wait=5), batches)
    return settings


def _archive(archive: PageStore, number: int, body: bytes) -> ManifestEntry:
    page_id, match_id = FIRST_MAPSTATSID + number, FIRST_MATCH_ID + number
    url = f"https://{_HOST}/stats/matches/mapstatsid/{page_id}/a-vs-b"
    place = archive.put(PageKind.MAP_STATS, page_id, match_id, url=url, body=body, scraped_at=_ARRIVED).place
    note = archive.note(place)
    return ManifestEntry(page_id=page_id, match_id=match_id, sha256=note.sha256, scraped_at=_ARRIVED, place=place)


def _make_known(warehouse: Warehouse, batches: dict[str, list[ManifestEntry]]) -> None:
    with warehouse.transaction() as connection:
        connection.execute(
            "CREATE TEMP TABLE known AS SELECT unnest(?::INTEGER[]) AS page_id, unnest(?::INTEGER[]) AS match_id,"
            " unnest(?::VARCHAR[]) AS batch_key",
            [
                [entry.page_id for entries in batches.values() for entry in entries],
                [entry.match_id for entries in batches.values() for entry in entries],
                [key for key, entries in batches.items() for _ in entries],
            ],
        )
        connection.execute(
            f"INSERT INTO {MAPS.name} (match_id, map_number, mapstatsid, map_slug, map_name, status, scraped_at,"
            " updated_at) SELECT match_id, 1, page_id, 'a-vs-b', 'Mirage', 'played', now(), now() FROM known"
        )
        connection.execute("INSERT INTO batch_members SELECT 'map', page_id, batch_key, now() FROM known")
