"""Clients and rivals who know more than our middle says."""
