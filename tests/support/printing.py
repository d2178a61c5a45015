"""Print jobs of the application under test: printed within the request that begins them, or not begun at all."""

from threading import Thread
from typing import Any

from fastapi import FastAPI

from app.domain.access import Actor
from app.jobs.print_jobs import Press, run_job


def print_at_once(app: FastAPI) -> None:
    """Have every job printed before the request that begins it is answered; in a thread, as the product does."""

    def start(*, base_url: str, actor: Actor, job_id: int, run: str) -> None:
        state = app.state
        press = Press(state.engine, state.settings, state.clock, base_url, actor, job_id, run)
        thread = Thread(target=run_job, args=(press,))
        thread.start()
        thread.join()

    app.state.start_print = start


def print_nothing(app: FastAPI) -> list[dict[str, Any]]:
    """Have no job printed, and return the list that what would have been printed is put on."""
    begun: list[dict[str, Any]] = []
    app.state.start_print = lambda **wanted: begun.append(wanted)
    return begun
