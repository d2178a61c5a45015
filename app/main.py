"""Build the web application: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.core import logging
from app.core.clock import Clock, SystemClock
from app.core.database import make_engine
from app.core.files import static_dir
from app.core.settings import Settings
from app.jobs.imports import start_step
from app.jobs.print_jobs import start_job
from app.jobs.scan_by_hand import start_scan
from app.web import errors, evidence, routes
from app.web.guard import Guard


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Return the application for a migrated database; time comes from `clock` alone."""
    logging.configure(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield
        app.state.engine.dispose()

    app = FastAPI(
        title="Junheng",
        description="The ledger of a leading group's office as JSON.",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.clock = clock or SystemClock()
    app.state.engine = make_engine(settings.effective_database_url)
    app.state.projected_on = None
    app.state.drawing = anyio.CapacityLimiter(evidence.DRAWN_AT_ONCE)
    # Pages may start a scan, a step of an import or a print job, though web does not know jobs: they are wired here.
    app.state.scan = partial(start_scan, app.state.engine)
    app.state.start_import = partial(start_step, app.state.engine, settings.imports_dir, app.state.clock)
    app.state.start_print = partial(start_job, app.state.engine, settings, app.state.clock)
    app.add_middleware(Guard)
    app.mount("/static", StaticFiles(directory=static_dir()), name="static")
    errors.install(app)
    routes.install(app)
    return app
