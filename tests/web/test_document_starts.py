"""Buttons that begin documents where people look: on an alert, a case, a request, a plan, a place, a unit."""

import re
from datetime import timedelta

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.documents import DocumentKind
from app.domain.vocabulary import Measure, Role, Standing
from app.models import (
    Alert,
    AlertRecipient,
    ClosingNumber,
    MilestoneDecision,
    MilestoneStanding,
    OfficialDocument,
    Organization,
)
from tests.support.busy import sample_values
from tests.support.strict_html import faults
from tests.support.web import UNIT, signed_in
from tests.web.scanned import case_of, scanned
from tests.web.test_documents import plan_id

HTMX = {"HX-Request": "true"}


def offered(browser: TestClient, page: str) -> set[str]:
    """Return the kinds that can be begun on a page; the part and the page of its own offer the same."""
    part, whole = browser.get(f"{page}/documents", headers=HTMX), browser.get(f"{page}/documents")
    assert part.status_code == whole.status_code == 200
    assert "<html" not in part.text
    assert faults(whole.text) == []
    found = set(re.findall(r'name="kind" value="(\w+)"', part.text))
    assert found == set(re.findall(r'name="kind" value="(\w+)"', whole.text))
    return found


def test_pages_offer_what_can_be_made_of_them_now(busy: FastAPI) -> None:
    values, office = sample_values(busy), signed_in(busy, Role.OFFICE)
    plan = f"/plans/{values['slug']}"
    assert offered(office, plan) == {
        "quarterly_circular",
        "progress_report",
        "milestone_ledger",
        "two_ledgers",
        "rectification_ledger",
        "overdue_list",
        "project_table",
    }
    assert "洛均衡办〔2026〕1号" in office.get(f"{plan}/documents").text  # made of it before
    assert offered(office, f"/cases/{values['case_id']}") == {"dossier"}  # nothing is decided yet
    assert offered(office, f"/extensions/{values['extension_id']}") == set()
    assert offered(office, f"/milestones/{values['milestone_id']}") == set()
    for page in (plan, f"/cases/{values['case_id']}", f"/extensions/{values['extension_id']}"):
        assert f'hx-get="{page}/documents"' in office.get(page).text
        assert f'hx-get="{page}/documents"' not in signed_in(busy, Role.INSPECTOR).get(page).text


def test_an_alert_offers_its_letter_which_is_listed_once_it_is_drafted(app: FastAPI) -> None:
    scanned(app)
    app.state.clock.advance(timedelta(minutes=1))  # letters tell of what was on record before
    office = signed_in(app, Role.OFFICE)
    query = (
        sa.select(col(Alert.id))
        .join(AlertRecipient, col(AlertRecipient.alert_id) == col(Alert.id))
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .where(col(Alert.measure) == Measure.URGING, col(Organization.name) == UNIT)
    )
    with read_session(app.state.engine) as session:
        alert_id = session.scalars(query.order_by(col(Alert.id)).limit(1)).one()
    page = f"/alerts/{alert_id}"
    assert f'hx-get="{page}/documents"' in office.get(page).text
    assert offered(office, page) == {"urging_letter"}
    order = {"plan": str(plan_id(app)), "kind": "urging_letter", "key": str(alert_id)}
    at = office.post("/documents", data=order).headers["location"]
    assert faults(office.get(at).text) == []
    assert f'href="{at}"' in office.get(f"{page}/documents", headers=HTMX).text
    wrong = office.post("/documents", data=order | {"kind": "reminder_letter"})
    assert wrong.status_code == 409
    assert office.post("/documents", data=order | {"key": "x"}).status_code == 422
    with read_session(app.state.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OfficialDocument)) == 1
    assert signed_in(app, Role.OFFICE, "shizhu-2021").get(f"{page}/documents").status_code == 404
    assert f"/cases/{case_of(app, UNIT)}/documents" in office.get(f"/cases/{case_of(app, UNIT)}").text


def test_places_and_units_offer_their_sheet_under_each_plan_in_scope(busy: FastAPI) -> None:
    office, leader = signed_in(busy, Role.OFFICE), signed_in(busy, Role.LEADER)
    with read_session(busy.state.engine) as session:
        row = session.execute(
            sa.select(col(MilestoneStanding.place_id)).where(
                col(MilestoneStanding.plan_id) == plan_id(busy), col(MilestoneStanding.place_id).is_not(None)
            )
        ).first()
        assert row is not None
    unit = re.search(r'href="(/organizations/\d+)"', office.get("/organizations", params={"q": UNIT}).text)
    assert unit
    for browser in (office, leader):
        assert offered(browser, f"/places/{row.place_id}") == {DocumentKind.COUNTY_SHEET}
        assert offered(browser, unit.group(1)) == {DocumentKind.UNIT_SHEET}
    assert f'hx-get="{unit.group(1)}/documents"' in office.get(unit.group(1)).text
    assert offered(signed_in(busy, Role.OFFICE, "shizhu-2021"), f"/places/{row.place_id}") == set()
    assert office.get("/places/2147483647/documents").status_code == 404


def test_a_milestone_that_stands_closed_under_a_number_offers_its_certificate(app: FastAPI) -> None:
    query = sa.select(MilestoneStanding).where(col(MilestoneStanding.plan_id) == plan_id(app)).limit(1)
    with write_session(app.state.engine) as session:
        standing = session.scalars(query).one()
        standing.standing = Standing.CLOSED
        milestone_id, now = standing.milestone_id, app.state.clock.now()
        decision = MilestoneDecision.model_validate(
            {"milestone_id": milestone_id, "kind": "close_out", "reached_on": now.date(), "text": "（虚构）"}
            | {"note": "（虚构）", "author_id": 1, "recorded_at": now}
        )
        session.add(decision)
        session.flush()
        session.add(ClosingNumber(decision_id=decision.id or 0, plan_id=standing.plan_id, year=2026, number=1))
    office, page = signed_in(app, Role.OFFICE), f"/milestones/{milestone_id}"
    assert offered(office, page) == {"closing_certificate"}
    assert f'hx-get="{page}/documents"' in office.get(page).text
