"""The documentation: what of it is written from the code, and tests that hold the rest to the code."""
