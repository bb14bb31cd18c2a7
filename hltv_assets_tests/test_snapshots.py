"""What must not change unseen: all definitions, and every sentence that a user can read.

After a change that is meant, `pytest hltv_assets_tests/test_snapshots.py --snapshot-update` writes them again.
"""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from hltv_assets.definitions import build_definitions
from hltv_assets.settings import Settings
from testkit.places import PROJECT
from testkit.sentences import sentences_of


class TextFile(SingleFileSnapshotExtension):
    """A snapshot that is read as text."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def assets_of(definitions: dg.Definitions) -> dict[str, Any]:
    graph = definitions.resolve_asset_graph()
    return {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "deps": names(graph.get(key).parent_keys),
            "partitions": getattr(graph.get(key).partitions_def, "name", None),
            "checks": sorted(check.name for check in graph.get_check_keys_for_assets({key})),
            "code_version": graph.get(key).code_version,
        }
        for key in sorted(graph.get_all_asset_keys())
    }


def names(keys: Any) -> Sequence[str]:
    return sorted(key.to_user_string() for key in keys)


def test_definitions_change_only_where_it_is_meant(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    definitions = build_definitions(Settings(data_dir=tmp_path))
    repository = definitions.get_repository_def()
    found = {
        "assets": assets_of(definitions),
        "jobs": sorted(name for name in repository.job_names if not name.startswith("__")),
        "sensors": sorted(sensor.name for sensor in repository.sensor_defs),
        "schedules": {
            one.name: one.cron_schedule for one in sorted(repository.schedule_defs, key=lambda one: one.name)
        },
        "resources": sorted(definitions.resources or {}),
    }
    assert found == snapshot(extension_class=JSONSnapshotExtension)


def test_every_sentence_that_a_user_can_read_is_in_one_file(snapshot: SnapshotAssertion) -> None:
    assert sentences_of(PROJECT / "hltv_assets") == snapshot(extension_class=TextFile)


@pytest.mark.parametrize(
    "name", ["dagster._core", "dagster._grpc", "dagster._utils", "dagster._daemon", "dagster._serdes"]
)
def test_private_modules_of_dagster_are_imported_in_one_module_only(name: str) -> None:
    importing = {
        file.name
        for file in (PROJECT / "hltv_assets").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(name)
    }
    assert importing <= {"dagster_private.py"}
