"""Distribution in a browser: recipients of a draft, signing for a document, who sees which."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session, write_session
from app.domain.distribution import RecipientCapacity
from app.domain.documents import DocumentKind
from app.domain.vocabulary import Role
from app.models import DocumentRecipient, OfficialDocument, Organization, Plan
from app.services import official_documents
from tests.support.busy import issue_circular
from tests.support.web import NOW, PLAN, SYSTEM, flat, seeded_app, signed_in


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = seeded_app(Path(tmp_path_factory.mktemp("distribution")))
    yield app
    app.state.engine.dispose()


@pytest.fixture(scope="module")
def issued(app: FastAPI) -> int:
    with write_session(app.state.engine) as session:
        plan_id = session.scalar(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)) or 0
        return issue_circular(session, app, plan_id)


def units(app: FastAPI, document_id: int) -> list[str]:
    """Return the full names of the units that a document is sent to as main recipients."""
    with read_session(app.state.engine) as session:
        query = sa.select(col(Organization.name)).join(
            DocumentRecipient, col(DocumentRecipient.organization_id) == col(Organization.id)
        )
        of_it = col(DocumentRecipient.document_id) == document_id
        main = col(DocumentRecipient.capacity) == RecipientCapacity.MAIN
        return list(session.scalars(query.where(of_it, main).order_by(col(DocumentRecipient.id))))


def test_a_circular_goes_to_all_responsible_units_and_each_signs_for_itself(app: FastAPI, issued: int) -> None:
    sent = units(app, issued)
    assert len(sent) > 15
    at = f"/documents/{issued}"
    unit, other = signed_in(app, Role.UNIT, PLAN, sent[0]), signed_in(app, Role.UNIT, PLAN, sent[1])
    stranger = signed_in(app, Role.UNIT, "shizhu-2021", "石柱土家族自治县发展和改革委员会")
    assert [stranger.get(at).status_code, stranger.post(f"{at}/receipt").status_code] == [404, 404]
    page = flat(unit.get(at).text)
    assert "签收" in page
    assert sent[0] in page
    assert sent[1] not in page.split('id="distribution"')[1].split("</section>")[0]
    assert unit.get(f"{at}/files/pdf").status_code == 200
    assert f'href="{at}"' in unit.get("/inbox").text
    assert unit.post(f"{at}/receipt").headers["location"] == f"{at}?done=receipt#distribution"
    assert unit.post(f"{at}/receipt").status_code == 409
    assert f'href="{at}"' not in unit.get("/inbox").text
    assert f'href="{at}"' in other.get("/inbox").text
    assert unit.post(f"{at}/recipients", data={"names": "某局"}).status_code == 403
    office = signed_in(app, Role.OFFICE, PLAN)
    seen = flat(office.get(at).text).split('id="distribution"')[1]
    assert seen.count("尚未签收") == len(sent) - 1
    assert office.post(f"{at}/receipt").status_code == 403
    assert office.post(f"{at}/recipients", data={"names": "某局（虚构）", "capacity": "copy"}).status_code == 409


def test_the_office_chooses_recipients_of_a_draft(app: FastAPI) -> None:
    kind = DocumentKind.PROGRESS_REPORT
    with write_session(app.state.engine) as session:
        plan_id = session.scalar(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)) or 0
        drawn = official_documents.draw(session, SYSTEM, plan_id=plan_id, kind=kind, key="", now=NOW)
        document_id = official_documents.keep_draft(session, SYSTEM, drawn, now=NOW).id
    at = f"/documents/{document_id}"
    office = signed_in(app, Role.OFFICE, PLAN)
    given = {"version": "1", "names": "各责任单位\n市委办公室（虚构）", "capacity": "copy"}
    assert office.post(f"{at}/recipients", data=given).status_code == 303
    page = flat(office.get(at).text)
    assert "市委办公室（虚构）" in page.split("paper-copies")[1]
    for wrong in ({"names": ""}, {"capacity": "x"}, {"names": "字" * 2001}, {"names": "\x00"}):
        answer = office.post(f"{at}/recipients", data=given | {"version": "2", "names": "某协会（虚构）"} | wrong)
        assert answer.status_code == 422
    assert office.post(f"{at}/recipients", data=given).status_code == 409  # the version of before
    with read_session(app.state.engine) as session:
        query = sa.select(col(DocumentRecipient.id)).where(col(DocumentRecipient.document_id) == document_id)
        chosen = list(session.scalars(query.order_by(col(DocumentRecipient.id))))
        assert session.get_one(OfficialDocument, document_id).version == 2
    for remove in ("x", "999999", "-1"):
        assert office.post(f"{at}/recipients", data={"version": "2", "remove": remove}).status_code == 404
    assert office.post(f"{at}/recipients", data={"version": "2", "remove": str(chosen[-1])}).status_code == 303
    assert "市委办公室（虚构）" not in office.get(at).text
    elsewhere = signed_in(app, Role.OFFICE, "shizhu-2021")
    assert elsewhere.post(f"{at}/recipients", data=given | {"version": "3"}).status_code == 404
