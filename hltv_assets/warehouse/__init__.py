"""The tables: their definition, what is pending, batches and their members, failures, and writing.

Knows nothing of how pages arrive or where they are kept.
"""
