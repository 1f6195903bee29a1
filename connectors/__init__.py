"""Hands of the robot: each folder knows one thing of the outside world."""
