"""The floor plan: drawn for the wall, the dashboard and whoever looks for a board, and edited by administrators."""
