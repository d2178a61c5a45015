"""The JSON interface: the export's own records, paged, within the reader's scope, described by OpenAPI."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.core.clock import FixedClock
from app.core.database import read_session, write_session
from app.core.settings import Settings
from app.domain.vocabulary import Role, UnitRole
from app.models import MilestoneUnit
from app.queries import names
from app.queries.export_rows import Selection
from app.services import accounts, standings
from app.services.exports import ExportFormat, ExportKind, export
from app.web.deps import COOKIE
from tests.support.facts import SYSTEM, Office, add_milestone, add_target, day, noon, office
from tests.support.web import made

TODAY = day("2026-11-22")
NOW = noon(TODAY)
LISTS = tuple(ExportKind)


@pytest.fixture
def ledger(engine: Engine) -> Office:
    """Five milestones of one plan, two of them overdue, the first bound to the plan's unit."""
    with write_session(engine) as session:
        of = office(session)
        ids = [
            add_milestone(session, of, "2026-01-01", due)
            for due in ("2026-06-30", "2026-09-30", "2026-12-31", "2027-06-30", "2028-12-31")
        ]
        add_target(session, of, ids[0], "4.20")
        session.add(
            MilestoneUnit(
                milestone_id=ids[0],
                role=UnitRole.RESPONSIBLE,
                organization_id=of.organization_id,
                named_as="教育局",
                position=0,
            )
        )
        standings.rebuild(session, TODAY)
    return of


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """A client of the application at noon of the day."""
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    with TestClient(made(settings, FixedClock(NOW)), base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def sign_in(engine: Engine, client: TestClient) -> Callable[..., None]:
    """A function that signs somebody of a role in."""

    def as_role(role: Role, plan_id: int | None = None, organization_id: int | None = None) -> None:
        with write_session(engine) as session:
            accounts.create_account(
                session,
                SYSTEM,
                name=role.value,
                display_name="",
                role=role,
                password="correct-horse-1",
                plan_id=plan_id,
                organization_id=organization_id,
                must_change_password=False,
                now=NOW,
            )
            account = names.account_named(session, role.value)
            assert account is not None
            client.cookies.set(COOKIE, accounts.sign_in(session, account, hours=1, now=NOW))

    return as_role


def listed(client: TestClient, what: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_holds_the_very_records_of_the_export(
    engine: Engine, ledger: Office, client: TestClient, sign_in: Callable[..., None], kind: ExportKind
) -> None:
    sign_in(Role.LEADER)
    stream = io.BytesIO()
    with read_session(engine) as session:
        export(session, kind, ExportFormat.JSON, stream, wanted=Selection(), on=None, now=NOW)
    assert listed(client, kind) == {"items": json.loads(stream.getvalue()), "next": None}


def test_pages_follow_one_another_without_gap_or_double(
    ledger: Office, client: TestClient, sign_in: Callable[..., None]
) -> None:
    sign_in(Role.LEADER)
    found, after = [], 0
    for _ in range(3):
        page = listed(client, "milestones", limit=2, after=after)
        found += [item["id"] for item in page["items"]]
        after = page["next"]
    assert after is None
    assert found == sorted(set(found))
    assert len(found) == 5


def test_milestones_are_narrowed_by_standing_day_and_plan(
    ledger: Office, client: TestClient, sign_in: Callable[..., None]
) -> None:
    sign_in(Role.LEADER)
    assert len(listed(client, "milestones", standing="overdue")["items"]) == 2
    assert len(listed(client, "milestones", standing="overdue", on="2026-07-01")["items"]) == 1
    assert client.get("/api/v1/milestones", params={"plan": "no-such-plan"}).status_code == 404


def test_a_unit_sees_its_own_milestones_only(ledger: Office, client: TestClient, sign_in: Callable[..., None]) -> None:
    sign_in(Role.UNIT, organization_id=ledger.organization_id)
    assert [item["responsible"] for item in listed(client, "milestones")["items"]] == [["教育局"]]


def test_an_office_does_not_see_another_plan(
    engine: Engine, ledger: Office, client: TestClient, sign_in: Callable[..., None]
) -> None:
    with write_session(engine) as session:
        other = office(session)
    sign_in(Role.OFFICE, plan_id=other.plan_id)
    assert listed(client, "milestones")["items"] == []
    assert len(listed(client, "indicators")["items"]) == 1


@pytest.mark.parametrize("kind", LISTS)
def test_nobody_reads_without_signing_in(client: TestClient, kind: ExportKind) -> None:
    assert client.get(f"/api/v1/{kind}", follow_redirects=False).status_code == 401


@pytest.mark.parametrize(
    "asked",
    [{"on": "0"}, {"on": "20261122"}, {"on": "2026-02-30"}, {"standing": "late"}, {"limit": 0}, {"limit": 501}],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: TestClient, sign_in: Callable[..., None], asked: dict[str, Any]
) -> None:
    sign_in(Role.LEADER)
    answer = client.get("/api/v1/milestones", params=asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.json()["detail"]


def test_openapi_describes_every_list_and_its_records(client: TestClient, sign_in: Callable[..., None]) -> None:
    sign_in(Role.LEADER)
    described = client.get("/api/v1/openapi.json").json()
    assert {f"/api/v1/{kind}" for kind in LISTS} <= described["paths"].keys()
    milestone = described["components"]["schemas"]["MilestoneItem"]["properties"]
    assert milestone["standing"]
    assert milestone["targets"]["items"]
    days = next(item for item in described["paths"]["/api/v1/milestones"]["get"]["parameters"] if item["name"] == "on")
    assert {"type": "string", "format": "date"}.items() <= days["schema"]["anyOf"][0].items()
