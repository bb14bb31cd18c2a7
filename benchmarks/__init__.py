"""How fast it is, as ratios to a yardstick in the same run: `make bench`. Nothing here is part of the product."""
