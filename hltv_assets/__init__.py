"""Turn HLTV.org's match pages into a DuckDB warehouse of professional Counter-Strike, with Dagster.

The rooms, each importing only what stands before it: `pages` (what a page says), then side by side `site` (how a
page arrives), `archive` (where raw pages live) and `warehouse` (the tables), then `assets` (the chains that call
them), then `definitions` (what Dagster loads) and `cli` (what a shell calls).
"""
