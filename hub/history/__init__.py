"""Figures over the past, from the event log: what the statistics, the dashboards and the exports ask."""
