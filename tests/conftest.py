"""Gathers the fixtures and the closing lines; the machinery is in tests/support."""

import os
import sys

from hypothesis import settings

# Every worker, and every process that a test starts, would else compile all it imports anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# `make soak` asks for more of what is drawn at random.
settings.register_profile("suite", max_examples=60, deadline=None)
settings.register_profile("soak", max_examples=1000, deadline=None)
settings.load_profile("soak" if "SOAK" in os.environ else "suite")

pytest_plugins = ["tests.support.fixtures", "tests.support.summary"]
