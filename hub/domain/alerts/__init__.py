"""Alerts, purely: what a day and its devices are like (`facts`), and what follows from rules over time (`engine`)."""
