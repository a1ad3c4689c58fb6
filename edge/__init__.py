"""Agents: one small process per board, one folder per device class."""
