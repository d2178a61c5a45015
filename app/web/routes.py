"""Every noun's router in one list."""

from fastapi import FastAPI

from app.web import (
    accounts,
    alerts,
    api,
    audit,
    cases,
    indicators,
    jobs,
    milestones,
    overview,
    plans,
    printouts,
    projects,
    reports,
    session,
    status,
)


def install(app: FastAPI) -> None:
    """Include all routers."""
    for noun in (
        session,
        milestones,
        reports,
        accounts,
        audit,
        jobs,
        status,
        alerts,
        cases,
        printouts,
        overview,
        plans,
        indicators,
        projects,
        api,
    ):
        app.include_router(noun.router)
