"""Leaders' instructions on the pages: written on a milestone, answered, sent back, settled, listed overdue first."""

import re
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import MilestoneUnit, Organization
from tests.support.busy import PDF, overdue_milestone
from tests.support.forms import problems_of
from tests.support.strict_html import faults
from tests.support.web import UNIT, flat, signed_in

ON_PAPER = {
    "leader": "（虚构）张副市长",
    "text": "（虚构）请查明原因。",
    "issued_on": "2026-11-10",
    "reply_due_on": "2026-11-18",
}


def units_milestone(app: FastAPI) -> tuple[int, int]:
    """Return a milestone that UNIT answers for, and the unit's id."""
    query = (
        sa.select(col(MilestoneUnit.milestone_id), col(MilestoneUnit.organization_id))
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .where(col(Organization.name) == UNIT)
        .order_by(col(MilestoneUnit.milestone_id))
    )
    with read_session(app.state.engine) as session:
        milestone, unit = session.execute(query.limit(1)).one()
        return milestone, unit


def issued(browser: TestClient, milestone: int, addressee: Any, **changes: str) -> str:
    """Write an instruction and return its address."""
    data = ON_PAPER | {"addressee": str(addressee)} | changes
    answer = browser.post(
        f"/milestones/{milestone}/instructions", data=data, files={"evidence": ("批示.pdf", PDF, "application/pdf")}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def test_an_instruction_is_answered_sent_back_and_settled_on_its_page(app: FastAPI) -> None:
    milestone, unit = units_milestone(app)
    leader, office, person = (signed_in(app, role) for role in (Role.LEADER, Role.OFFICE, Role.UNIT))
    url = issued(leader, milestone, unit, leader="冒名者")
    page = office.get(url)
    assert faults(page.text) == []
    assert "leader" in page.text
    assert "冒名者" not in page.text
    assert "批示.pdf" in page.text
    assert 'action="/instructions' not in page.text  # nothing for the office to do until there is an answer
    assert f'href="{url}"' in office.get(f"/milestones/{milestone}").text
    assert "/instructions?state=overdue" in office.get("/").text
    assert f'action="{url}/reply"' in person.get(url).text
    empty = person.post(f"{url}/reply", data={"text": ""})
    assert (empty.status_code, problems_of(empty.text), faults(empty.text)) == (422, {"reply-text"}, [])
    assert person.post(f"{url}/reply", data={"text": "已查明"}).headers["location"] == f"{url}?done=reply"
    assert person.post(f"{url}/reply", data={"text": "已查明"}).status_code == 409
    wrong = office.post(f"{url}/return", data={"text": "记住我", "reply_due_on": "2026-11-01"})
    assert problems_of(wrong.text) == {"return-reply_due_on"}
    assert "记住我" in wrong.text
    assert office.post(f"{url}/return", data={"text": "不够", "reply_due_on": "2026-12-10"}).status_code == 303
    assert "2026-12-10" in person.get(url).text
    assert person.post(f"{url}/reply", data={"text": "补充"}).status_code == 303
    assert office.post(f"{url}/settle", data={"text": "属实"}).status_code == 303
    assert leader.post(f"{url}/settle", data={"text": "属实"}).status_code == 409
    assert faults(leader.get(url).text) == []


def test_bad_input_comes_back_on_the_milestones_page_with_what_was_typed(app: FastAPI) -> None:
    milestone, _ = units_milestone(app)
    office = signed_in(app, Role.OFFICE)
    wrong = ON_PAPER | {"leader": "", "text": "记住我", "issued_on": "2026-13-01", "addressee": "99"}
    again = office.post(f"/milestones/{milestone}/instructions", data=wrong)
    assert (again.status_code, faults(again.text)) == (422, [])
    assert problems_of(again.text) == {"instruction-leader", "instruction-issued_on"}
    assert "记住我" in again.text
    right = wrong | {"leader": "张某", "issued_on": "2026-11-10"}
    assert problems_of(office.post(f"/milestones/{milestone}/instructions", data=right).text) == {"addressee"}
    file = {"evidence": ("批示.pdf", b"MZ", "application/pdf")}
    refused = office.post(f"/milestones/{milestone}/instructions", data=right, files=file)
    assert problems_of(refused.text) == {"instruction-evidence"}


def test_leaders_and_the_office_write_everybody_in_scope_reads_and_strangers_do_not(app: FastAPI) -> None:
    milestone, unit = units_milestone(app)
    url = issued(signed_in(app, Role.OFFICE), milestone, unit)
    data = {"addressee": str(unit)}
    for role in Role:
        person, writes = signed_in(app, role), role in (Role.LEADER, Role.OFFICE)
        answer = person.post(
            f"/milestones/{milestone}/instructions", data=ON_PAPER | data | {"text": f"（虚构）{role}"}
        )
        assert answer.status_code == (303 if writes else 403)
        assert ('id="instruction-text"' in person.get(f"/milestones/{milestone}").text) is writes
        assert person.get(url).status_code == 200
        reply = person.post(f"{url}/reply", data={"text": "答"})
        assert reply.status_code == (303 if role is Role.UNIT else 403)
        listed = person.get("/instructions")
        assert (url in listed.text, faults(listed.text)) == (True, [])
    others = (signed_in(app, Role.OFFICE, "shizhu-2021"), signed_in(app, Role.UNIT, organization="嵩县人民政府"))
    for stranger in others:
        assert stranger.get(url).status_code == 404
        assert stranger.post(f"{url}/reply", data={"text": "答"}).status_code == 404
        assert url not in stranger.get("/instructions").text


def test_the_list_narrows_by_state_plan_and_unit(app: FastAPI) -> None:
    milestone, unit = units_milestone(app)
    office = signed_in(app, Role.OFFICE)
    late = issued(office, milestone, unit)
    later = issued(office, milestone, unit, text="（虚构）其二", reply_due_on="2027-01-31")
    for asked, expected in (
        ("", [late, later]),
        ("?state=open", [late, later]),
        ("?state=overdue", [late]),
        ("?state=settled", []),
        (f"?unit={unit}", [late, later]),
        ("?unit=1", []),
        ("?state=nonsense&plan=nonsense", [late, later]),
    ):
        page = office.get(f"/instructions{asked}").text
        assert re.findall(r'<a href="(/instructions/\d+)"', page) == expected, asked
    assert "超期4天" in flat(office.get("/instructions").text)


def test_an_answer_of_the_office_itself_waits_for_a_leader(app: FastAPI) -> None:
    milestone = overdue_milestone(app)
    office = signed_in(app, Role.OFFICE)
    options = re.search(r'id="addressee".*?</select>', office.get(f"/milestones/{milestone}").text, re.DOTALL)
    assert options
    own = re.findall(r'<option value="(\d+)"', options.group())[-1]
    url = issued(office, milestone, own)
    assert office.post(f"{url}/reply", data={"text": "已办"}).status_code == 303
    assert office.post(f"{url}/settle", data={"text": "属实"}).status_code == 403
    assert f'action="{url}/settle"' not in office.get(url).text
    assert signed_in(app, Role.LEADER).post(f"{url}/settle", data={"text": "属实"}).status_code == 303
