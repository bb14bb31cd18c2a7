"""What rows must agree on: queries that find what does not, and their evaluation."""
