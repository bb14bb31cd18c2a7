"""The command `hltv-assets`: one file per verb."""

from hltv_assets.cli.program import main

__all__ = ["main"]
