"""Dossiers on the page of a case: who may make one, what is downloaded, what is on record afterwards."""

import io
import zipfile

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import AccountabilityCase, AuditEntry, Plan
from tests.support.web import PLAN, signed_in
from tests.web.scanned import scanned


def first_case(app: FastAPI) -> int:
    """Return the id of the first case of PLAN after today's scan."""
    query = sa.select(col(AccountabilityCase.id)).join(Plan, col(Plan.id) == col(AccountabilityCase.plan_id))
    with read_session(scanned(app).state.engine) as session:
        found: int = session.execute(query.where(col(Plan.slug) == PLAN).limit(1)).scalar_one()
        return found


def test_the_office_makes_both_and_fetches_the_same_bytes_again(app):
    case_id = first_case(app)
    office = signed_in(app, Role.OFFICE)
    page = office.get(f"/cases/{case_id}").text
    assert page.count(f'action="/cases/{case_id}/dossiers"') == 2
    made = office.post(f"/cases/{case_id}/dossiers", data={"format": "pdf", "token": "abc"})
    assert (made.status_code, made.headers["content-type"], made.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert "junheng_downloaded=abc" in made.headers["set-cookie"]
    assert office.get(f"/cases/{case_id}/dossiers/1/file").content == made.content
    archive = office.post(f"/cases/{case_id}/dossiers", data={"format": "zip"})
    names = zipfile.ZipFile(io.BytesIO(archive.content)).namelist()
    assert names[0].endswith("第2次.pdf")
    assert names[-1] == "SHA256SUMS"
    page = office.get(f"/cases/{case_id}").text
    assert f"/cases/{case_id}/dossiers/1/file" in page
    assert f"/cases/{case_id}/dossiers/2/file" in page
    assert "/cases/" not in office.get("/printouts").text
    with read_session(app.state.engine) as session:
        told = session.scalars(sa.select(col(AuditEntry.action)).where(col(AuditEntry.subject) == f"cases/{case_id}"))
        assert list(told)[-2:] == ["dossiers:create", "dossiers:create"]


def test_only_office_and_leader_of_its_plan_may_make_one(app):
    case_id = first_case(app)
    address, form = f"/cases/{case_id}/dossiers", {"format": "pdf"}
    for role in (Role.UNIT, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR):
        assert signed_in(app, role).post(address, data=form).status_code == 403, role
    assert "dossiers-title" not in signed_in(app, Role.INSPECTOR).get(f"/cases/{case_id}").text
    stranger = signed_in(app, Role.OFFICE, "shizhu-2021")
    assert stranger.post(address, data=form).status_code == 404
    assert stranger.get(address).status_code == 404
    leader = signed_in(app, Role.LEADER)
    assert leader.get(address).status_code == 200
    assert leader.get(f"{address}/9/file").status_code == 404
    assert leader.post(address, data={"format": "exe"}).status_code == 422
