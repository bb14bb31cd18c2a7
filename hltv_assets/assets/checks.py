"""Asset checks across tables, pages and archive: after each batch for its maps, and for everything in a job.

One definition for both: in the run of a partition a check looks at that batch, in any other run at everything.
"""

from collections.abc import Iterator, Sequence

import dagster as dg
import msgspec

from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.pages.kinds import label_of
from hltv_assets.pipeline.archive_sample import PAGES_A_SAMPLE, BrokenPage, find_broken, sample_of_written
from hltv_assets.pipeline.chain import CHAINS, PageChain
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.rules.evaluate import RULES, Finding, checked_maps, find_disagreements
from hltv_assets.warehouse.rules.rule import Rule

ARCHIVE_CHECK = "archived_pages_are_whole"
_PARTITION = "dagster/partition"


def trust_checks(chain: PageChain) -> dg.AssetChecksDefinition:
    """Return the checks that can be made once the tables of a page kind are written."""
    rules = {rule.name: rule for rule in RULES if rule.kind is chain.kind}
    # A check is made after all tables that it reads, not only after the one that it is shown at.
    tables = [table.name for table in chain.tables.tables]

    @dg.multi_asset_check(
        name=f"{chain.kind}_trust",
        specs=[
            dg.AssetCheckSpec(
                rule.name,
                asset=rule.table,
                description=rule.meaning,
                additional_deps=[*(table for table in tables if table != rule.table), *rule.also],
            )
            for rule in rules.values()
        ],
        can_subset=True,
    )
    def trust(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        key = context.run.tags.get(_PARTITION)
        with in_plain_words(), warehouse.connect() as connection, checked_maps(connection, chain.group, key):
            findings = {
                check: find_disagreements(connection, rules[check.name]) for check in context.selected_asset_check_keys
            }
        for check, finding in findings.items():
            yield _result(rules[check.name], check, finding)

    return trust


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


def archive_check(chain: PageChain) -> dg.AssetChecksDefinition:
    """Return the check that the archive has what the tables of a page kind were read from."""

    @dg.asset_check(
        name=ARCHIVE_CHECK,
        asset=chain.raw_asset,
        additional_deps=[table.name for table in chain.tables.tables],
        description=f"The archive has what rows were read from: of up to {PAGES_A_SAMPLE} pages, chosen by chance, "
        "each is there and has its SHA-256.",
    )
    def archived(
        context: dg.AssetCheckExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        archive: dg.ResourceParam[PageStore],
    ) -> dg.AssetCheckResult:
        with in_plain_words():
            with warehouse.connect() as connection:
                pages = sample_of_written(connection, chain.tables, context.run.tags.get(_PARTITION))
            broken = list(find_broken(archive, chain.kind, pages))
        first = f"; first: {broken[0].page.label}: {broken[0].problem}" if broken else ""
        return dg.AssetCheckResult(
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR,
            description=f"pages looked at: {len(pages)}, gone or damaged: {len(broken)}{first}",
            metadata={"pages": len(pages), "broken": len(broken), **_broken_table(broken)},
        )

    return archived


def _broken_table(broken: Sequence[BrokenPage]) -> dict[str, dg.TableMetadataValue]:
    records = [
        dg.TableRecord({"page": one.page.page_id, "match": one.page.match_id, "problem": one.problem}) for one in broken
    ]
    return {"broken_pages": dg.MetadataValue.table(records)} if records else {}


def all_checks() -> list[dg.AssetChecksDefinition]:
    """Return the checks of all chains."""
    return [check for chain in CHAINS for check in (trust_checks(chain), archive_check(chain))]


def sweep(checks: Sequence[dg.AssetChecksDefinition]) -> dg.AssetSelection:
    """Return the selection of the job that makes all checks, over the whole warehouse."""
    return dg.AssetSelection.checks(*(key for check in checks for key in check.check_keys))
