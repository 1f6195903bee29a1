"""Opinions: how to price and whom to answer. Each strategy decides from the facts it is given
only.
"""
