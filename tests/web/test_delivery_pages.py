"""Addresses, deliveries and what is carried by hand, as people see and keep them."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.clock import FixedClock
from app.core.database import read_session
from app.domain.vocabulary import ChannelKind, Role
from app.jobs.deliver import deliver
from app.models import Address, AuditEntry, HandReceipt, Message, Organization
from app.services.addresses import CODES_A_DAY
from tests.support.busy import PDF, busy_app, sample_values
from tests.support.providers import provider
from tests.support.web import UNIT, flat, reopened, signed_in

KEY = "robot-key-0123456789"
SECRET = "SECsigning-0123456789"


def send(app: FastAPI) -> None:
    deliver(app.state.engine, app.state.settings, now=app.state.clock.now(), holder="tests")


def later(app: FastAPI, **step: float) -> None:
    clock = app.state.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(**step))


def trail(app: FastAPI) -> str:
    with read_session(app.state.engine) as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id))).all()
    return "\n".join(f"{entry.action} {entry.detail}" for entry in entries)


def code_in(folder: Path) -> str:
    newest = max(folder.glob("*.json"), key=lambda file: file.name)
    found = re.search(r"验证码：(\d{6})", json.loads(newest.read_text())["text"])
    assert found
    return found.group(1)


@pytest.fixture
def room(tmp_path: Path) -> FastAPI:
    busy_app(tmp_path).state.engine.dispose()
    return reopened(tmp_path, drop_dir=tmp_path / "post")


def test_a_units_address_is_proved_by_a_code_that_comes_through_the_channel(room: FastAPI, tmp_path: Path) -> None:
    with read_session(room.state.engine) as session:
        unit = session.scalar(sa.select(col(Organization.id)).where(col(Organization.name) == "洛阳市教育局"))
    root, page = signed_in(room, Role.ADMINISTRATOR), f"/organizations/{unit}/addresses"
    wrong = root.post(page, data={"channel": "folder", "address": "../out"})
    assert wrong.status_code == 422
    assert "../out" in wrong.text
    assert root.post(page, data={"channel": "email", "address": "a@b.cn"}).status_code == 422  # not offered
    assert root.post(page, data={"channel": "folder", "address": "jyj"}).headers["location"] == f"{page}?done=added"
    assert root.post(page, data={"channel": "folder", "address": "jyj"}).status_code == 422  # there already
    with read_session(room.state.engine) as session:
        address = session.scalars(sa.select(Address).where(col(Address.address) == "jyj")).one().id
    assert root.post(f"{page}/{address}/test").status_code == 409  # nothing before it is verified
    assert root.post(f"{page}/{address}/code").status_code == 409  # one was asked for just now
    send(room)
    code = code_in(tmp_path / "post" / "jyj")
    other = "000000" if code != "000000" else "111111"
    assert root.post(f"{page}/{address}/verify", data={"code": other}).headers["location"] == f"{page}?done=wrong"
    right = root.post(f"{page}/{address}/verify", data={"code": f" {code} "})
    assert right.headers["location"] == f"{page}?done=right"
    assert root.post(f"{page}/{address}/test").status_code == 303
    send(room)
    assert len(list((tmp_path / "post" / "jyj").glob("*.json"))) == 2
    assert root.post(f"{page}/{address}/remove").status_code == 303
    assert "jyj" not in root.get(page).text
    assert code not in trail(room)
    assert code not in str(list(read_messages(room)))


def read_messages(app: FastAPI) -> list[str]:
    with read_session(app.state.engine) as session:
        return [f"{message.text} {message.answer}" for message in session.scalars(sa.select(Message))]


def test_a_code_can_be_guessed_five_times_and_is_valid_half_an_hour(room: FastAPI, tmp_path: Path) -> None:
    unit = sample_values(room)["organization_id"]
    root, page = signed_in(room, Role.ADMINISTRATOR), f"/organizations/{unit}/addresses"
    root.post(page, data={"channel": "folder", "address": "guess"})
    with read_session(room.state.engine) as session:
        address = session.scalars(sa.select(Address).where(col(Address.address) == "guess")).one().id
    send(room)
    code = code_in(tmp_path / "post" / "guess")
    other = "000000" if code != "000000" else "111111"

    def typed(value: str) -> str:
        return root.post(f"{page}/{address}/verify", data={"code": value}).headers["location"].rpartition("=")[2]

    assert [typed(other) for _ in range(6)] == ["wrong"] * 5 + ["over"]
    assert typed(code) == "over"
    later(room, minutes=2)
    assert root.post(f"{page}/{address}/code").status_code == 303
    send(room)
    later(room, minutes=31)
    assert typed(code_in(tmp_path / "post" / "guess")) == "over"
    for _ in range(CODES_A_DAY - 2):
        assert root.post(f"{page}/{address}/code").status_code == 303
        later(room, minutes=2)
    assert root.post(f"{page}/{address}/code").status_code == 409


def test_keys_are_shown_nowhere_and_ones_own_addresses_are_nobody_elses(tmp_path: Path) -> None:
    busy_app(tmp_path).state.engine.dispose()
    with provider(ChannelKind.DINGTALK) as robot:
        app = reopened(tmp_path, **robot.settings)
        leader = signed_in(app, Role.LEADER)
        data = {"channel": "dingtalk", "address": KEY, "secret": SECRET}
        assert leader.post("/account/addresses", data=data).status_code == 303
        refused = leader.post("/account/addresses", data={**data, "address": "no such key", "secret": SECRET})
        assert refused.status_code == 422
        assert SECRET not in refused.text
        send(app)
        assert robot.requests[0].query["access_token"] == KEY
        page = leader.get("/account/addresses").text
        assert "***6789" in page
        assert leader.post("/account/digest-time", data={"digest_at": "07:15"}).status_code == 303
        assert 'value="07:15"' in leader.get("/account/addresses").text
        assert leader.post("/account/digest-time", data={"digest_at": "breakfast"}).status_code == 422
        root = signed_in(app, Role.ADMINISTRATOR)
        seen = page + root.get("/audit").text + root.get("/deliveries").text + trail(app)
        assert KEY not in seen
        assert SECRET not in seen
        assert "addresses:add" in trail(app)
        with read_session(app.state.engine) as session:
            address = session.scalars(sa.select(Address).where(col(Address.address) == KEY)).one().id
        for step in ("code", "verify", "remove"):
            stranger = signed_in(app, Role.INSPECTOR).post(f"/account/addresses/{address}/{step}", data={"code": "1"})
            assert stranger.status_code == 404


def test_a_notice_is_printed_carried_signed_for_and_taken_back(room: FastAPI) -> None:
    office, page = signed_in(room, Role.OFFICE), "/hand-delivery"
    listed = office.get(page).text
    hand = re.findall(r'href="/hand-delivery/(\d+)"', listed)[0]
    assert office.get(f"{page}/slips.pdf", params={"notice": [hand]}).content.startswith(b"%PDF")
    assert office.get(f"{page}/slips.pdf").status_code == 404
    csv = office.get(f"{page}/list.csv").text
    assert "S-2026-" in csv
    assert "单位无账号" in csv
    form = {"received_by": "（虚构）张某", "received_on": "2026-11-22", "carried_by": "（虚构）李某", "note": "当面"}
    wrong = office.post(f"{page}/{hand}/receipts", data={**form, "received_on": "2026-11-23"})
    assert wrong.status_code == 422
    assert "（虚构）张某" in wrong.text
    scan = {"scan": ("回证.pdf", PDF, "application/pdf")}
    assert office.post(f"{page}/{hand}/receipts", data=form, files=scan).status_code == 303
    assert office.post(f"{page}/{hand}/receipts", data=form).status_code == 409
    assert f'href="/hand-delivery/{hand}"' not in office.get(page).text
    assert "（虚构）张某" in office.get(page, params={"shown": "received"}).text
    with read_session(room.state.engine) as session:
        receipt = session.scalar(sa.select(sa.func.max(col(HandReceipt.id))))
    assert office.get(f"{page}/receipts/{receipt}/scan").content == PDF
    stranger = signed_in(room, Role.OFFICE, "shizhu-2021")
    assert stranger.get(f"{page}/receipts/{receipt}/scan").status_code == 404
    assert stranger.post(f"{page}/{hand}/receipts", data=form).status_code == 404
    assert stranger.get(f"{page}/slips.pdf", params={"notice": [hand]}).status_code == 404
    assert office.post(f"{page}/{hand}/undo").status_code == 422
    assert office.post(f"{page}/{hand}/undo", data={"note": "录错单位"}).status_code == 303
    assert f'href="/hand-delivery/{hand}"' in office.get(page).text
    assert "hand_delivery:undo" in trail(room)


def test_who_watches_over_delivery_sees_messages_attempts_and_may_try_again(room: FastAPI) -> None:
    office, message = signed_in(room, Role.OFFICE), sample_values(room)["message_id"]
    shown = flat(office.get("/deliveries", params={"state": "sent"}).text)
    assert f"T-2026-{int(message):06d}" in shown
    one = office.get(f"/deliveries/{message}").text
    assert UNIT in one
    assert office.post(f"/deliveries/{message}/retry").status_code == 409  # it is sent
    found = office.get("/deliveries", params={"number": f"T-2026-{int(message):06d}"}).text
    assert f'href="/deliveries/{message}"' in found
    assert signed_in(room, Role.OFFICE, "shizhu-2021").get(f"/deliveries/{message}").status_code == 404
    alert = re.findall(r'href="/alerts/(\d+)"', one)[0]
    assert "unit" in office.get(f"/alerts/{alert}").text


def test_without_any_channel_the_pages_say_where_notices_are_read(tmp_path: Path) -> None:
    app = busy_app(tmp_path)
    try:
        hand = browser_text(signed_in(app, Role.OFFICE), "/hand-delivery")
        assert "No channel is set up" in hand
        assert "No channel is set up" in browser_text(signed_in(app, Role.ADMINISTRATOR), "/deliveries")
    finally:
        app.state.engine.dispose()


def browser_text(client: TestClient, path: str) -> str:
    client.cookies.set("language", "en")
    return client.get(path).text
