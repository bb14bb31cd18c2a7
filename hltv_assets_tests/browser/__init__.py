"""The UI as people see it: Dagster's own, with our assets in it, in a real browser."""
