"""A message to send in the tests of channels, and settings that reach nothing but the sinks (all invented)."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from app.channels.outgoing import Outgoing
from app.core.settings import Settings

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"
SECRET = "SEC+key/not-to-be-shown="


def settings(**given: Any) -> Settings:
    """Return settings for a test: short limits, nothing else configured."""
    return _read(tuple(given.items()))


@cache
def _read(given: tuple[tuple[str, Any], ...]) -> Settings:
    return Settings.model_validate({"smtp_timeout": 0.4, "channel_timeout": 0.4, **dict(given)})


def outgoing(**given: Any) -> Outgoing:
    """Return an invented message."""
    words: dict[str, Any] = {
        "number": "M20261122-0007",
        "subject": "【催办】洛龙区 2025 年底前通过认定（虚构）",
        "text": "第一行：已逾期 12 天。\n第二行：请于 5 个工作日内回复。",
        "sent_to": KEY,
        "at": NOW,
    }
    return Outgoing(**{**words, **given})
