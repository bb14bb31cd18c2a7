"""Invented matches, and the pages that HLTV would serve of them.

`world.invent_map` invents the facts, `map_page.render_map_page` writes the page that states them,
`expected.expected_tables` says which rows reading that page must yield, and `sample` writes the
checked-in sample. Another kind of page is another renderer of the same facts.
"""
