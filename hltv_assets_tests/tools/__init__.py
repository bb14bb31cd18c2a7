"""Tests of the programs for maintainers."""
