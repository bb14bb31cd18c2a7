"""The data as Parquet: one folder per table, one file per year, and a manifest that names every file.

An export is a folder of its own; the link `current` leads to the newest one and is switched when that is complete. The
one before stays until the next, for those who still read it. A year in which nothing changed is not written again.

The year of a row is that in which its match began (UTC), so that all rows of a match lie in files of one year: by the
match page, else by the map page, else by the listing. Rows of a match that none of them knows are of no year.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
from filelock import FileLock

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.quoting import quoted
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.migration import SCHEMA_VERSION
from hltv_assets.warehouse.schema.tables import DATA_TABLES

MANIFEST = "manifest.json"
CURRENT = "current"
_NO_YEAR = "__HIVE_DEFAULT_PARTITION__"  # what DuckDB, pyarrow and Spark read as NULL
_YEARS = """
CREATE TEMP TABLE match_years AS
SELECT match_id, year(coalesce(min(started_at), min(played_at), min(ended_at))) AS year
FROM (
    SELECT match_id, started_at FROM matches
    UNION ALL BY NAME SELECT match_id, played_at FROM map_stats
    UNION ALL BY NAME SELECT match_id, ended_at FROM discovered_matches
)
GROUP BY match_id
"""


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an export, by its path in it; `content` is the same as long as the rows are."""

    path: str
    year: int | None
    rows: int
    bytes: int
    sha256: str
    content: str


class ExportedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of an export: its columns with their types in DuckDB, and its files; one without rows has one, too."""

    name: str
    columns: dict[str, str]
    rows: int
    files: tuple[ExportedFile, ...]


class ExportManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export holds, and of when: `written_at` is when the warehouse was last written by then."""

    schema_version: int
    written_at: datetime
    exported_at: datetime
    tables: tuple[ExportedTable, ...]


def export_parquet(snapshot: Path, folder: Path) -> ExportManifest:
    """Export all tables of data out of a snapshot, as the newest export in a folder, and return its manifest.

    Raises `WarehouseError` if there is no snapshot, or one of another schema.
    """
    if not snapshot.exists():
        raise WarehouseError(f"there is no snapshot {snapshot} yet: run `hltv-assets snapshot` first")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        earlier = (folder / CURRENT).resolve()
        part = folder / ".part"
        shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
        part.mkdir()
        manifest = ExportManifest(
            schema_version=SCHEMA_VERSION,
            written_at=datetime.fromtimestamp(snapshot.stat().st_mtime, UTC),
            exported_at=datetime.now(UTC),
            tables=_export_tables(snapshot, part, earlier),
        )
        (part / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        _sync(part.rglob("*"))
        finished = folder / f"{manifest.exported_at:%Y%m%dT%H%M%S.%fZ}"
        part.rename(finished)
        _switch(folder / CURRENT, finished.name)
        for old in folder.iterdir():
            if old.is_dir() and not old.is_symlink() and old not in {finished, earlier}:
                shutil.rmtree(old)
    return manifest


def _export_tables(snapshot: Path, part: Path, earlier: Path) -> tuple[ExportedTable, ...]:
    known = _tables_of(earlier)
    try:
        with duckdb.connect(str(snapshot), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(_YEARS)
            return tuple(_Export(connection, table, part).run(known.get(table.name), earlier) for table in DATA_TABLES)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise WarehouseError(f"cannot export {snapshot}: {reason}; publish a new snapshot") from None


def _tables_of(export: Path) -> dict[str, ExportedTable]:
    """The tables of an earlier export; none if there is none, or one that this version cannot read."""
    try:
        manifest = msgspec.json.decode((export / MANIFEST).read_bytes(), type=ExportManifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return {}
    return {table.name: table for table in manifest.tables}


class _Export:
    """The export of one table."""

    def __init__(self, connection: Connection, table: Table, part: Path) -> None:
        self._connection = connection
        self._table = table
        self._part = part

    def run(self, known: ExportedTable | None, earlier: Path) -> ExportedTable:
        """Write the table's files, or take those of an earlier export that have the same rows."""
        name = self._table.name
        columns = {row[0]: row[1] for row in self._connection.execute(f"DESCRIBE {name}").fetchall()}
        usable = {file.year: file for file in known.files} if known and known.columns == columns else {}
        years = self._connection.execute(
            f"SELECT year, count(*), bit_xor(hash(t))::VARCHAR FROM {name} AS t LEFT JOIN match_years USING (match_id)"
            " GROUP BY year ORDER BY year NULLS FIRST"
        ).fetchall()
        files = []
        for year, rows, content in years or [(None, 0, "")]:
            file = usable.get(year)
            if file and (file.rows, file.content) == (rows, content) and self._take(file, earlier):
                files.append(file)
            else:
                files.append(self._write(year, rows, content))
        return ExportedTable(name=name, columns=columns, rows=sum(file.rows for file in files), files=tuple(files))

    def _take(self, file: ExportedFile, earlier: Path) -> bool:
        source, target = earlier / file.path, self._part / file.path
        if not source.exists() or source.stat().st_size != file.bytes:
            return False
        target.parent.mkdir(parents=True)
        try:
            target.hardlink_to(source)
        except OSError:  # not every file system has hard links
            shutil.copyfile(source, target)
        return True

    def _write(self, year: int | None, rows: int, content: str) -> ExportedFile:
        path = f"{self._table.name}/year={_NO_YEAR if year is None else year}/{self._table.name}.parquet"
        target = self._part / path
        target.parent.mkdir(parents=True)
        self._connection.execute(
            f"COPY (SELECT t.* FROM {self._table.name} AS t LEFT JOIN match_years AS its USING (match_id)"
            f" WHERE its.year IS NOT DISTINCT FROM {'NULL' if year is None else year}"
            f" ORDER BY {', '.join(self._table.key)}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
        with target.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return ExportedFile(
            path=path, year=year, rows=rows, bytes=target.stat().st_size, sha256=sha256, content=content
        )


def _sync(paths: Iterable[Path]) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _switch(link: Path, target: str) -> None:
    part = link.with_name(f".{link.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    part.symlink_to(target)
    part.replace(link)
