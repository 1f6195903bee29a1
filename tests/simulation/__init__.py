"""Simulated days: the real brain in one thread, with every fault drawn from one seed."""
