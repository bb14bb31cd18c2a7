"""Everything that needs Postgres: the DuckLake warehouse, advisory locks, and the state that a cluster shares."""
