"""Processes that meet at one database: they share no memory with the test and load the application once for all."""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext


def process_context() -> ForkServerContext:
    """Return the context of processes that descend from one which only loaded what they need, not from the test."""
    context = get_context("forkserver")
    modules = ["tests.jobs.ledger", "app.jobs.timetable", "tests.jobs.kills", "pytest", "tests.support.forked"]
    context.set_forkserver_preload(modules)
    return context
