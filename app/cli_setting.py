"""What every command of `junheng` works with: settings, a migrated database, the present moment; and days as typed."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.core import logging
from app.core.clock import SystemClock
from app.core.database import Engine, make_engine
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.domain.access import Actor

ACTOR = Actor(None, "command line", None)
DAY = "YYYY-MM-DD"


def read_day(text: str) -> date:
    """Read a day strictly. Raises: BadParameter."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is not a day; write {DAY}, for example 2026-11-22")


On = Annotated[date | None, typer.Option("--on", parser=read_day, metavar=DAY, help="Judge this day instead of today.")]
PlanSlug = Annotated[str | None, typer.Option("--plan", metavar="SLUG", help="One plan, for example luoyang-2025.")]
OutFile = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write; default stdout.")]


@dataclass(frozen=True, slots=True)
class Setting:
    """What every command works with: settings, a migrated database and the present moment."""

    settings: Settings
    engine: Engine
    now: datetime


def prepare() -> Setting:
    """Read the settings, migrate the database, open it."""
    settings = Settings()
    logging.configure(settings)
    upgrade(settings.effective_database_url)
    return Setting(settings, make_engine(settings.effective_database_url), SystemClock().now())
