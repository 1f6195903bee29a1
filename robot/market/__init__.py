"""The market as the core sees it: top of book per venue, aggregated per pair, with age."""
