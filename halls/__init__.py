"""Halls as files: their format (`halls.format`) and the ones that come with Tingxu."""
