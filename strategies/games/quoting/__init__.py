"""Two-way quotes to clients: how wide, and how far leaned against the position."""
