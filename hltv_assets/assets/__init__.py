"""The assets: what Dagster shows and runs. Thin: they call the rooms, and put errors into words."""
