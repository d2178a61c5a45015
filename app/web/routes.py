"""Every noun's router in one list."""

from fastapi import FastAPI

from app.web import milestones, reports, session


def install(app: FastAPI) -> None:
    """Include all routers."""
    for noun in (session, milestones, reports):
        app.include_router(noun.router)
