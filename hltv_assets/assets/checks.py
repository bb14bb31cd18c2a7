"""Asset checks across tables, pages and archive: after each batch for its maps, and for everything in a job.

One definition for both: in the run of a partition a check looks at that batch, in any other run at everything.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg
import msgspec

from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.pages.kinds import label_of
from hltv_assets.pipeline.archive_sample import MAX_SAMPLE, BrokenPage, WrittenPage, find_broken, sample_of_written
from hltv_assets.pipeline.chain import CHAINS, PageChain
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.rules.evaluate import RULES, Finding, checked_maps, find_disagreements
from hltv_assets.warehouse.rules.rule import Rule

ARCHIVE_CHECK = "archived_pages_intact"
_PARTITION = "dagster/partition"


def checks_of(chain: PageChain) -> dg.AssetChecksDefinition:
    """Return the checks that can be made once the tables of a page kind are loaded: its rules, and its archive."""
    rules = {rule.name: rule for rule in RULES if rule.kind is chain.kind}
    # A check is made after all tables that it reads, not only after the one that it is shown at.
    tables = [table.name for table in chain.tables.tables]

    @dg.multi_asset_check(
        name=f"{chain.kind}_checks",
        specs=[
            *(
                dg.AssetCheckSpec(
                    rule.name,
                    asset=rule.table,
                    description=rule.meaning,
                    additional_deps=[*(table for table in tables if table != rule.table), *rule.also],
                )
                for rule in rules.values()
            ),
            dg.AssetCheckSpec(
                ARCHIVE_CHECK,
                asset=chain.raw_asset,
                additional_deps=tables,
                description=f"The archive contains the pages that rows were parsed from: each of up to {MAX_SAMPLE} "
                "random pages exists and has its SHA-256. In the run of a batch, pages parsed just now are left out.",
            ),
        ],
        can_subset=True,
    )
    def checks(
        context: dg.AssetCheckExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        archive: dg.ResourceParam[PageStore],
    ) -> Iterator[dg.AssetCheckResult]:
        key = context.run.tags.get(_PARTITION)
        selected = context.selected_asset_check_keys
        pages: list[WrittenPage] = []
        with in_plain_words(), warehouse.connect() as connection, checked_maps(connection, chain.group, key):
            findings = {
                check: find_disagreements(connection, rules[check.name]) for check in selected if check.name in rules
            }
            if any(check.name == ARCHIVE_CHECK for check in selected):
                pages = sample_of_written(connection, chain.tables, key, loaded_before=_start_of_run(context))
        for check, finding in findings.items():
            yield _result(rules[check.name], check, finding)
        for check in selected - findings.keys():
            with in_plain_words():
                broken = list(find_broken(archive, chain.kind, pages))
            yield _archive_result(check, pages, broken)

    return checks


def _start_of_run(context: dg.AssetCheckExecutionContext) -> datetime:
    record = context.instance.get_run_record_by_id(context.run.run_id)
    return datetime.fromtimestamp(record.start_time, UTC) if record and record.start_time else datetime.now(UTC)


def _result(rule: Rule, check: dg.AssetCheckKey, finding: Finding) -> dg.AssetCheckResult:
    records = [dg.TableRecord(msgspec.structs.asdict(one)) for one in finding.examples]
    examples = {"examples": dg.MetadataValue.table(records)} if records else {}
    return dg.AssetCheckResult(
        passed=not finding.count,
        asset_key=check.asset_key,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.WARN if rule.is_between_pages else dg.AssetCheckSeverity.ERROR,
        description=_in_words(finding),
        metadata={"disagreements": finding.count, **examples},
    )


def _in_words(finding: Finding) -> str:
    if not finding.examples:
        return "no disagreements"
    first = finding.examples[0]
    instead = "" if first.expected is None else f" instead of {first.expected}"
    place = f"{label_of(first.match_id, first.map_number)}: {first.about}, {first.found}{instead}"
    return f"disagreements: {finding.count}; first: {place}"


def _archive_result(
    check: dg.AssetCheckKey, pages: Sequence[WrittenPage], broken: Sequence[BrokenPage]
) -> dg.AssetCheckResult:
    first = f"; first: {broken[0].page.label}: {broken[0].problem}" if broken else ""
    return dg.AssetCheckResult(
        passed=not broken,
        asset_key=check.asset_key,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"pages checked: {len(pages)}, missing or damaged: {len(broken)}{first}",
        metadata={"pages": len(pages), "broken": len(broken), **_broken_table(broken)},
    )


def _broken_table(broken: Sequence[BrokenPage]) -> dict[str, dg.TableMetadataValue]:
    records = [
        dg.TableRecord({"page": one.page.page_id, "match": one.page.match_id, "problem": one.problem}) for one in broken
    ]
    return {"broken_pages": dg.MetadataValue.table(records)} if records else {}


def all_checks() -> list[dg.AssetChecksDefinition]:
    """Return the checks of all chains."""
    return [checks_of(chain) for chain in CHAINS]


def sweep(checks: Sequence[dg.AssetChecksDefinition]) -> dg.AssetSelection:
    """Return the selection of the job that makes all checks, over the whole warehouse."""
    return dg.AssetSelection.checks(*(key for check in checks for key in check.check_keys))
