"""The JSON interface under /api/v1: the records of `junheng export`, paged, described by OpenAPI."""

from fastapi import APIRouter

from app.web.api import alerts, indicators, milestones, projects

router = APIRouter(prefix="/api/v1", tags=["ledger"])
for noun in (milestones, projects, indicators, alerts):
    router.include_router(noun.router)
