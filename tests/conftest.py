"""Gathers the fixtures and the closing lines; the machinery is in tests/support."""

pytest_plugins = ["tests.support.fixtures", "tests.support.summary"]
