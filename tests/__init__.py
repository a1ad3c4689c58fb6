"""Tests: facts about Tingxu that could be false."""
