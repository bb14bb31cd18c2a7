"""Pictures of rows: records in, a figure or PNG bytes out. Knows no Dagster and no database.

Importing a module of this room imports matplotlib, which takes longer than a picture: whoever draws imports it where it
draws.
"""
