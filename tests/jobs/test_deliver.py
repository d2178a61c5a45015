"""The loop that delivers, against a real drop folder, mail server and web hook."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.core.database import read_session, write_session
from app.domain.delivery import LAST_ATTEMPT, LEASE
from app.domain.vocabulary import (
    AttemptOutcome,
    Capacity,
    ChannelKind,
    DecisionKind,
    HandReason,
    ItemDrop,
    MessageKind,
    MessageState,
    OutboxKind,
    Role,
)
from app.models import Account, Address, DeliveryAttempt, Message
from app.queries.outbox import proofs_of_alert
from app.services import hand_delivery, standings
from app.services.deliveries import retry_now
from app.services.hand_delivery import ReceiptInput
from tests.support.delivery import Mailroom, mailroom
from tests.support.facts import add_decision, counted, day, noon
from tests.support.providers import Answer, provider, smtp_sink

NOON = noon("2026-11-22")
DIGEST = noon("2026-11-23") - timedelta(hours=3, minutes=30)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def room(engine: Engine, tmp_path: Path) -> Mailroom:
    return mailroom(engine, tmp_path)


def test_an_urgent_notice_goes_at_once_and_the_others_in_one_digest_the_next_morning(room: Mailroom) -> None:
    room.address("unit")
    urgent, one, two = room.alert(NOON, urgent=True), room.alert(NOON), room.alert(NOON)
    room.run(NOON)
    (letter,) = room.dropped("unit")
    assert letter["number"] == f"T-2026-{room.messages()[0].id:06d}"
    assert "督办通知单" in letter["subject"]
    assert "回复时限：2026年11月27日" in letter["text"]
    room.run(DIGEST - timedelta(seconds=1))
    assert len(room.dropped("unit")) == 1
    room.run(DIGEST)
    (_, digest) = room.dropped("unit")
    assert digest["subject"] == "【汇总】方案：2项通知"
    assert [(item.alert_id, item.dropped) for item in room.items()] == [(urgent, None), (one, None), (two, None)]
    assert {message.state for message in room.messages()} == {MessageState.SENT}
    assert room.by_hand() == []


def test_two_runs_and_two_processes_expand_and_send_each_notice_once(room: Mailroom) -> None:
    room.address("unit")
    for _ in range(3):
        room.alert(NOON, urgent=True)
    assert room.run(NOON)["expanded"] == 3
    assert room.run(NOON, holder="two").get("expanded") is None
    assert len(room.dropped("unit")) == len(room.messages()) == 3
    assert [message.attempts for message in room.messages()] == [1, 1, 1]


@pytest.mark.parametrize("step", ["gathered", "expanded", "claimed", "judged", "sent", "stored"])
def test_whoever_dies_at_a_step_leaves_everything_to_the_next_with_the_same_number(room: Mailroom, step: str) -> None:
    room.address("unit")
    room.alert(NOON, urgent=True)

    def die(reached: str) -> None:
        if reached == step:
            raise Killed

    with pytest.raises(Killed):
        room.run(NOON, on_step=die)
    before = room.dropped("unit")
    assert len(before) == (step in ("sent", "stored"))
    room.run(NOON, holder="two")
    room.run(NOON + timedelta(minutes=11), holder="two")
    (letter,) = room.dropped("unit")
    assert before in ([], [letter])
    (message,) = room.messages()
    assert message.state is MessageState.SENT
    came_to = [attempt.outcome for attempt in room.all(DeliveryAttempt)]
    broke_off = step in ("claimed", "judged", "sent")
    assert came_to == [AttemptOutcome.UNKNOWN] * broke_off + [AttemptOutcome.SENT]


def test_a_digest_is_one_a_day_across_midnight_and_the_turn_of_the_year(room: Mailroom) -> None:
    room.address("unit")
    eve = noon("2026-12-31")
    room.alert(eve - timedelta(hours=4))  # 08:00
    room.run(eve - timedelta(hours=4))
    room.run(eve - timedelta(hours=3))
    room.alert(eve)
    room.run(eve)
    room.alert(eve + timedelta(hours=12, minutes=10))  # 00:10 on New Year's Day
    room.run(eve + timedelta(hours=12, minutes=10))
    assert [(message.digest_on, message.state) for message in room.messages()] == [
        (day("2026-12-31"), MessageState.SENT),
        (day("2027-01-01"), MessageState.QUEUED),
    ]
    room.run(eve + timedelta(hours=20, minutes=30))
    assert [letter["number"][:7] for letter in room.dropped("unit")] == ["T-2026-"] * 2
    assert "2项通知" in room.dropped("unit")[1]["subject"]


def test_what_was_queued_before_an_outage_goes_out_at_once_after_it(room: Mailroom) -> None:
    room.address("unit")
    room.alert(DIGEST - timedelta(hours=8))
    room.run(DIGEST + timedelta(hours=2))
    assert len(room.dropped("unit")) == 1
    room.alert(DIGEST + timedelta(hours=2))
    room.run(DIGEST + timedelta(hours=3))
    assert len(room.dropped("unit")) == 1


def test_each_capacity_reaches_its_people_and_nobody_twice(room: Mailroom) -> None:
    plan, unit = room.office.plan_id, room.unit_id
    other = room.alert(NOON, queue=False)
    people = {
        "unit-person": room.account(Role.UNIT, organization_id=unit),
        "office-person": room.account(Role.OFFICE, plan_id=plan),
        "leader-of-plan": room.account(Role.LEADER, plan_id=plan),
        "leader-of-all": room.account(Role.LEADER),
        "auditor": room.account(Role.AUDITOR),
        "gone": room.account(Role.UNIT, organization_id=unit),
        "elsewhere": room.account(Role.UNIT, organization_id=room.unit()),
    }
    for name, account_id in people.items():
        room.address(name, account_id=account_id)
    room.address("unit-box")
    room.address("office-box", organization_id=room.office.organization_id)
    room.address("unverified", verified=False)
    with write_session(room.engine) as session:
        session.execute(sa.update(Account).where(Account.id == people["gone"]).values(active=False))  # type: ignore[arg-type]
    recipients = [
        (unit, Capacity.RESPONSIBLE),
        (unit, Capacity.SUPERVISOR),
        (room.office.organization_id, Capacity.OFFICE),
        (room.office.organization_id, Capacity.LEADER),
    ]
    room.alert(NOON, urgent=True, to=recipients)
    room.run(NOON)
    names = sorted(folder.name for folder in room.drop.iterdir())
    assert names == ["leader-of-all", "leader-of-plan", "office-box", "office-person", "unit-box", "unit-person"]
    assert all(len(room.dropped(name)) == 1 for name in names)
    assert other not in {item.alert_id for item in room.items()}


def test_a_unit_without_people_or_address_is_on_the_list_for_hand_delivery(room: Mailroom) -> None:
    manned = room.unit()
    room.address("not-yet", account_id=room.account(Role.UNIT, organization_id=manned), verified=False)
    room.alert(NOON, to=[(room.unit_id, Capacity.RESPONSIBLE), (manned, Capacity.SUPPORTING)])
    room.run(NOON)
    assert [(row.organization_id, row.reason) for row in room.by_hand()] == [
        (room.unit_id, HandReason.NO_PERSON),
        (manned, HandReason.NO_ADDRESS),
    ]
    assert room.messages() == []


def test_what_is_settled_between_queueing_and_sending_is_not_told(room: Mailroom) -> None:
    room.address("unit")
    milestone = room.milestone()
    alert = room.alert(NOON, urgent=True, milestone_id=milestone)
    stays = room.alert(NOON)

    def close(step: str) -> None:
        if step == "claimed":
            with write_session(room.engine) as session:
                add_decision(
                    session, room.office, milestone, DecisionKind.CLOSE_OUT, NOON, reached_on=day("2026-11-22")
                )
                standings.refresh(session, [milestone], day("2026-11-22"))

    room.run(NOON, on_step=close)
    assert room.dropped("unit") == []
    urgent = next(item for item in room.items() if item.alert_id == alert)
    assert (urgent.dropped, urgent.offered_at) == (ItemDrop.SUPERSEDED, None)
    assert [message.state for message in room.messages()] == [MessageState.SUPERSEDED, MessageState.QUEUED]
    room.run(DIGEST)
    assert room.dropped("unit")[0]["subject"].startswith("【催办】")
    assert stays != alert


def test_a_withdrawal_is_told_to_exactly_those_who_were_told(room: Mailroom) -> None:
    unit, late, by_hand = room.unit_id, room.unit(), room.unit()
    room.address("told")
    room.address("digest", organization_id=late)
    alert = room.alert(NOON, urgent=True, to=[(unit, Capacity.RESPONSIBLE), (by_hand, Capacity.SUPPORTING)])
    digested = room.alert(NOON, to=[(late, Capacity.RESPONSIBLE)])
    room.run(NOON)
    room.address("newcomer")
    for one in (alert, digested):
        room.withdraw(one, NOON + timedelta(hours=1))
    room.run(NOON + timedelta(hours=1))
    room.run(DIGEST)
    assert [letter["subject"][:4] for letter in room.dropped("told")] == ["【督办通", "【撤回督"]
    assert "（虚构）误发" in room.dropped("told")[1]["text"]
    assert room.dropped("digest") == room.dropped("newcomer") == []
    assert [item.dropped for item in room.items() if item.alert_id == digested] == [
        ItemDrop.WITHDRAWN,
        ItemDrop.NOT_TOLD,
    ]
    assert room.by_hand() == []  # what was not yet carried need not be


def test_a_refusal_is_final_and_goes_to_the_hand_delivery_list_with_the_answer(engine: Engine, tmp_path: Path) -> None:
    with smtp_sink(refuse={"gone@unit.example": "550 no such user"}) as mail:
        room = mailroom(engine, tmp_path, **mail.settings)
        account = room.account(Role.UNIT, organization_id=room.unit_id)
        room.address("gone@unit.example", channel=ChannelKind.EMAIL)
        good = room.unit()
        room.address("here@unit.example", organization_id=good, channel=ChannelKind.EMAIL)
        alert = room.alert(NOON, urgent=True, to=[(room.unit_id, Capacity.RESPONSIBLE), (good, Capacity.SUPPORTING)])
        room.run(NOON)
        assert [letter.recipient for letter in mail.letters] == ["here@unit.example"]
    (listed,) = room.by_hand()
    assert (listed.alert_id, listed.organization_id, listed.reason) == (alert, room.unit_id, HandReason.FAILED)
    assert "no such user" in listed.answer
    assert sorted(message.state for message in room.messages()) == [MessageState.FAILED, MessageState.SENT]
    room.address("by-folder", account_id=account)
    again = room.alert(NOON, urgent=True)
    room.run(NOON + timedelta(minutes=1))
    assert len(room.dropped("by-folder")) == 1
    assert again not in {row.alert_id for row in room.by_hand()}  # another address of the unit was reached


def test_a_failure_is_tried_again_with_growing_delay_and_then_given_up(engine: Engine, tmp_path: Path) -> None:
    with provider(ChannelKind.WEBHOOK, Answer(500, b"out of order")) as hook:
        room = mailroom(engine, tmp_path, **hook.settings)
        room.address(f"{hook.url}/unit", channel=ChannelKind.WEBHOOK, secret="signing-key-1")
        room.alert(NOON, urgent=True)
        now, tried = NOON, []
        for minutes in (1, 5, 15, 60, 240):
            room.run(now)
            tried.append(len(hook.requests))
            now += timedelta(minutes=minutes)
            room.run(now - timedelta(seconds=5))
            now += timedelta(seconds=5)
        assert tried == [1, 2, 3, 4, 5]
        assert room.by_hand() == []
        room.run(now)
        room.run(now + timedelta(days=1))
        assert len(hook.requests) == 6
        assert len({request.headers["x-junheng-number"] for request in hook.requests}) == 1
    assert [message.state for message in room.messages()] == [MessageState.FAILED]
    assert [row.reason for row in room.by_hand()] == [HandReason.FAILED]
    assert [attempt.attempt for attempt in room.all(DeliveryAttempt)] == [1, 2, 3, 4, 5, 6]
    assert "signing-key-1" not in repr([attempt.answer for attempt in room.all(DeliveryAttempt)])


def test_one_broken_message_leaves_the_others_alone(room: Mailroom) -> None:
    room.address("..")  # no sub-folder: refused
    good = room.unit()
    room.address("good", organization_id=good)
    room.alert(NOON, urgent=True)
    room.alert(NOON, urgent=True, to=[(good, Capacity.RESPONSIBLE)])
    room.run(NOON)
    assert len(room.dropped("good")) == 1
    assert [message.state for message in room.messages()] == [MessageState.FAILED, MessageState.SENT]


def test_a_dead_way_is_tried_once_a_run_and_wears_out_no_other_message(room: Mailroom) -> None:
    room.drop.write_text("a file where the folder should be")
    room.address("unit")
    for _ in range(3):
        room.alert(NOON, urgent=True)
    room.run(NOON)
    assert [message.attempts for message in room.messages()] == [1, 0, 0]
    room.drop.unlink()
    room.run(NOON + timedelta(minutes=2))
    assert len(room.dropped("unit")) == 3


def test_a_lost_lease_stores_no_outcome_but_the_attempt_is_on_record(room: Mailroom) -> None:
    room.address("unit")
    room.alert(NOON, urgent=True)

    def overtaken(step: str) -> None:
        if step == "sent":
            with write_session(room.engine) as session:
                session.execute(sa.update(Message).values(leased_by="two", attempts=2))

    assert room.run(NOON, on_step=overtaken)["lease lost"] == 1
    (message,) = room.messages()
    assert (message.state, message.leased_by) == (MessageState.SENDING, "two")
    assert [attempt.outcome for attempt in room.all(DeliveryAttempt)] == [AttemptOutcome.SENT]


def test_nothing_is_sent_to_an_address_that_is_no_longer_in_use(room: Mailroom) -> None:
    address = room.address("unit")
    room.alert(NOON, urgent=True)

    def leave(step: str) -> None:
        if step == "expanded":
            with write_session(room.engine) as session:
                session.execute(sa.update(Address).where(Address.id == address).values(active=False))  # type: ignore[arg-type]

    room.run(NOON, on_step=leave)
    assert room.dropped("unit") == []
    assert [item.dropped for item in room.items()] == [ItemDrop.ADDRESS]
    assert [row.reason for row in room.by_hand()] == [HandReason.NO_ADDRESS]


def test_expanding_takes_a_handful_of_statements_however_many_rows(room: Mailroom) -> None:
    room.address("unit")
    for _ in range(40):
        room.alert(NOON)
    with counted(room.engine) as statements:
        room.run(NOON)
    written = [statement for statement in statements if "message_item" in statement or "outbox" in statement]
    assert len(written) <= 6
    assert room.waiting() == 0
    assert [message.kind for message in room.messages()] == [MessageKind.DIGEST]
    assert len(room.items()) == 40


def test_two_at_once_expand_and_send_each_notice_once(room: Mailroom) -> None:
    room.address("unit")
    for _ in range(12):
        room.alert(NOON, urgent=True)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(room.run, NOON, holder) for holder in ("one", "two")]
        counts = [run.result() for run in runs]
    assert sum(int(str(count.get("expanded", 0))) for count in counts) == 12
    room.run(NOON + timedelta(seconds=30))
    assert [message.attempts for message in room.messages()] == [1] * 12
    assert len(room.dropped("unit")) == 12


def test_what_was_carried_by_hand_is_withdrawn_by_hand(room: Mailroom) -> None:
    alert = room.alert(NOON)
    room.run(NOON)
    (hand,) = room.by_hand()
    with write_session(room.engine) as session:
        given = ReceiptInput("（虚构）张某", day("2026-11-22"), "（虚构）李某")
        hand_delivery.receive(session, room.actor, hand.id or 0, given, None, now=NOON)
    room.withdraw(alert, NOON + timedelta(hours=1))
    room.run(NOON + timedelta(hours=1))
    assert [row.reason for row in room.by_hand()] == [HandReason.TOLD_BY_HAND]
    with read_session(room.engine) as session:
        proofs = proofs_of_alert(session, alert)
        stranger = proofs_of_alert(session, alert, organization_id=room.office.organization_id)
    assert [(row.kind, row.receipt and row.receipt.received_by) for row in proofs.by_hand] == [
        (OutboxKind.ALERT, "（虚构）张某"),
        (OutboxKind.WITHDRAWAL, None),
    ]
    assert stranger.by_hand == ()


def test_a_message_that_failed_is_tried_again_when_asked_and_its_notice_leaves_the_list(room: Mailroom) -> None:
    room.drop.write_text("a file where the folder should be")
    room.address("unit")
    room.alert(NOON, urgent=True)
    now = NOON
    for _ in range(LAST_ATTEMPT):
        room.run(now)
        now += timedelta(hours=5)
    assert [row.reason for row in room.by_hand()] == [HandReason.FAILED]
    room.drop.unlink()
    with write_session(room.engine) as session:
        retry_now(session, room.actor, room.messages()[0].id or 0, now=now)
    room.run(now)
    assert len(room.dropped("unit")) == 1
    assert room.by_hand() == []


def test_a_process_that_keeps_dying_gives_its_message_up_in_the_end(room: Mailroom) -> None:
    room.address("unit")
    room.alert(NOON, urgent=True)

    def die(step: str) -> None:
        if step == "judged":
            raise Killed

    now = NOON
    for _ in range(LAST_ATTEMPT):
        with pytest.raises(Killed):
            room.run(now, on_step=die)
        now += LEASE + timedelta(seconds=1)
    room.run(now)
    assert [message.state for message in room.messages()] == [MessageState.FAILED]
    assert [attempt.outcome for attempt in room.all(DeliveryAttempt)] == [AttemptOutcome.UNKNOWN] * LAST_ATTEMPT
    assert [row.reason for row in room.by_hand()] == [HandReason.FAILED]
