"""Business rules: pure functions over frozen dataclasses; standard library only."""
