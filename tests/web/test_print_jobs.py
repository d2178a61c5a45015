"""Print jobs through the pages: ordered, watched, cancelled, begun again, and what they made fetched."""

import re
from datetime import timedelta

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.print_jobs import GIVEN_UP_AFTER, PrintJobState
from app.domain.vocabulary import Role
from app.models import PrintJob, Printout
from app.services.errors import msg
from app.services.import_steps import message_text
from tests.support.busy import issue_circular
from tests.support.printing import print_nothing
from tests.support.strict_html import faults
from tests.support.web import signed_in
from tests.web.test_documents import plan_id

HTMX = {"HX-Request": "true"}


def change(app: FastAPI, address: str, **values: object) -> None:
    job_id = int(address.rpartition("/")[2])
    with write_session(app.state.engine) as session:
        session.execute(sa.update(PrintJob).where(col(PrintJob.id) == job_id).values(**values))


def test_a_job_is_ordered_watched_and_cancelled(app: FastAPI) -> None:
    begun = print_nothing(app)
    office = signed_in(app, Role.OFFICE)
    answer = office.post("/documents", data={"plan": str(plan_id(app)), "kind": "milestone_ledger"})
    at = answer.headers["location"]
    assert [wanted["base_url"] for wanted in begun] == ["http://testserver"]
    page = office.get(at)
    assert faults(page.text) == []
    assert "正在印制" in page.text
    part = office.get(at, headers=HTMX)
    assert f'hx-get="{at}"' in part.text
    assert "<html" not in part.text
    assert f'href="{at}"' in office.get("/printouts").text
    for stranger in (signed_in(app, Role.OFFICE, "shizhu-2021"), signed_in(app, Role.INSPECTOR)):
        assert stranger.get(at).status_code in (403, 404)
        assert stranger.post(f"{at}/cancel").status_code in (403, 404)
    assert office.post(f"{at}/cancel").status_code == 303
    assert office.post(f"{at}/cancel").status_code == office.post(f"{at}/repeat").status_code == 409
    assert "已取消" in office.get(at).text
    assert office.get(at, headers=HTMX).headers["hx-redirect"] == at
    assert office.get(f"{at}/file").status_code == 404


def test_a_job_that_failed_or_was_given_up_says_so_and_is_begun_again(app: FastAPI) -> None:
    begun = print_nothing(app)
    office = signed_in(app, Role.OFFICE)
    at = office.post("/documents", data={"plan": str(plan_id(app)), "kind": "overdue_list"}).headers["location"]
    silent = app.state.clock.now() - GIVEN_UP_AFTER - timedelta(minutes=1)
    change(app, at, heartbeat_at=silent)
    page = office.get(at).text
    assert faults(page) == []
    assert "程序已退出" in page
    assert "已中断" in office.get("/printouts").text
    assert office.post(f"{at}/repeat").status_code == 303
    assert office.post(f"{at}/repeat").status_code == 409
    said = message_text(msg("No Chinese print font was found; tell the administrator."))
    change(app, at, state=PrintJobState.FAILED, run=None, message=said)
    page = office.get(at).text
    assert faults(page) == []
    assert "没有找到中文印刷字体" in page
    assert office.post(f"{at}/repeat").status_code == 303
    assert len(begun) == 3


def test_several_sheets_are_one_job_and_its_file_is_fetched_from_its_page(app: FastAPI) -> None:
    print_nothing(app)
    office = signed_in(app, Role.OFFICE)
    page = office.get("/documents/new", params={"kind": "county_sheet"})
    assert faults(page.text) == []
    ids = re.findall(r'name="ids"\s+value="(\d+)"', page.text)
    assert len(ids) > 3
    order = {"plan": str(plan_id(app)), "kind": "county_sheet", "bundle": "archive"}
    assert office.post("/documents", data=order).status_code == 422
    at = office.post("/documents", data=order | {"ids": ids[:2]}).headers["location"]
    with write_session(app.state.engine) as session:
        issue_circular(session, app, plan_id(app))
        made = session.scalars(sa.select(col(Printout.id))).first()
    change(app, at, state=PrintJobState.DONE, run=None, printout_id=made)
    done = office.get(at).text
    assert faults(done) == []
    assert f'href="{at}/file"' in done
    assert office.get(f"{at}/file").content[:5] == b"%PDF-"


def test_an_issue_that_is_under_way_is_not_begun_twice(app: FastAPI) -> None:
    print_nothing(app)
    office, leader = signed_in(app, Role.OFFICE), signed_in(app, Role.LEADER)
    form = {"plan": str(plan_id(app)), "kind": "quarterly_circular", "key": "2026Q3"}
    at = office.post("/documents", data=form).headers["location"]
    leader.post(f"{at}/check", data={"version": "1"})
    issue = {"version": "2", "series": "洛均衡办", "signed_by": "（虚构）王某", "signed_on": "2026-11-22"}
    job = leader.post(f"{at}/issue", data=issue).headers["location"]
    page = leader.get(at).text
    assert faults(page) == []
    assert f'href="{job}"' in page
    assert f'action="{at}/issue"' not in page
    assert leader.post(f"{at}/issue", data=issue).headers["location"] == job
    with read_session(app.state.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PrintJob)) == 1
