"""How a page arrives: the client, what it makes of every answer, and the bundled sample site.

Knows nothing of where pages are kept or what becomes of their rows.
"""
