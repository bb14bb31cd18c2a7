"""A code location of as many assets and checks as a batch of maps has, all empty: what Dagster alone takes for it."""

from collections.abc import Iterator

import dagster as dg

PARTITIONS = "empty_batches"
_ASSETS, _CHECKS = 14, 26


def _asset(number: int) -> dg.AssetsDefinition:
    """Each after the one before; the checks are made with the assets, which is less work than by steps of their own."""
    name = f"empty_{number}"
    checks = [f"check_{check}" for check in range(_CHECKS) if check % _ASSETS == number]

    @dg.asset(
        name=name,
        deps=[f"empty_{number - 1}"] if number else [],
        partitions_def=dg.DynamicPartitionsDefinition(name=PARTITIONS),
        check_specs=[dg.AssetCheckSpec(check, asset=name) for check in checks],
    )
    def empty() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield dg.MaterializeResult()
        for check in checks:
            yield dg.AssetCheckResult(passed=True, check_name=check)

    return empty


@dg.definitions
def defs() -> dg.Definitions:
    """Load the code location."""
    return dg.Definitions(assets=[_asset(number) for number in range(_ASSETS)], executor=dg.in_process_executor)
