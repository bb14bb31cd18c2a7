-- The catalogue of the lake; Dagster's own database is there already.
CREATE DATABASE hltv;
