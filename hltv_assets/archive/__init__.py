"""Where raw pages live: one file per page, for ever, and the batch's manifest that names them.

Knows nothing of how pages arrive or what they say.
"""
