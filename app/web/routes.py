"""Every noun's router in one list."""

from fastapi import FastAPI

from app.web import (
    accounts,
    alerts,
    amendments,
    api,
    audit,
    cases,
    due_phrases,
    imports,
    indicators,
    jobs,
    milestone_edits,
    milestones,
    organizations,
    overview,
    places,
    plan_edits,
    plan_groups,
    plan_indicators,
    plan_overrides,
    plan_rungs,
    plan_stages,
    plans,
    printouts,
    project_edits,
    projects,
    reports,
    revisions,
    session,
    standards,
    status,
)


def install(app: FastAPI) -> None:
    """Include all routers."""
    for noun in (
        session,
        milestones,
        milestone_edits,
        reports,
        accounts,
        audit,
        jobs,
        status,
        alerts,
        cases,
        printouts,
        overview,
        plan_edits,  # before plans: /plans/new is no plan
        plans,
        imports,
        plan_stages,
        plan_groups,
        plan_indicators,
        plan_overrides,
        plan_rungs,
        standards,
        revisions,
        amendments,
        indicators,
        projects,
        project_edits,
        organizations,
        places,
        due_phrases,
        api,
    ):
        app.include_router(noun.router)
