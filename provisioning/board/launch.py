#!/opt/tingxu/venv/bin/python
"""Chooses the release and becomes `python -m edge`: what tingxu-agent@.service starts."""

import os
import sys

FACTORY = "/opt/tingxu/factory"
PYTHON = "/opt/tingxu/venv/bin/python"

os.chdir(FACTORY)
os.execv(PYTHON, [PYTHON, "-m", "edge", *sys.argv[1:]])  # noqa: S606 - ourselves
