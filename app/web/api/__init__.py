"""The JSON interface under /api/v1: the records of `junheng export`, units and places, paged, described by OpenAPI."""

from fastapi import APIRouter

from app.web.api import alerts, forecasts, indicators, milestones, organizations, places, projects, revisions

router = APIRouter(prefix="/api/v1", tags=["ledger"])
for noun in (milestones, projects, indicators, alerts, forecasts, organizations, places, revisions):
    router.include_router(noun.router)
