"""The never-list of the game strategies: each clamp, and that it is missed when it is gone."""
