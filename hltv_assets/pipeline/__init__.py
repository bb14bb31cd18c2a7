"""What a batch does, without Dagster: fetch, parse, load, reparse, discover, import, back up, rebuild."""
