"""Programs for maintainers, each run with `python -m tools.NAME`: sample, documentation, soak, cluster proof."""
