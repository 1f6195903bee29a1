"""Releases of strategies: the commands, and the new version compared with the live one."""
