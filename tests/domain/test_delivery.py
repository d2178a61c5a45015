"""Who is told, when a digest goes, when to try again, and what is left out of a message."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain import delivery, delivery_words
from app.domain.delivery import LAST_ATTEMPT, RETRY_MINUTES, Person, Seat
from app.domain.delivery_words import NoticeWords
from app.domain.vocabulary import (
    AlertState,
    AttemptOutcome,
    Capacity,
    ChannelKind,
    DeliveryTrouble,
    ItemDrop,
    Measure,
    MessageKind,
    OutboxKind,
    Role,
)

AT = time(8, 30)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("queued", "last_on", "day"),
    [
        ("2026-11-22T08:29:59", None, "2026-11-22"),
        ("2026-11-22T08:30:00", None, "2026-11-23"),
        ("2026-11-22T00:10:00", "2026-11-22", "2026-11-23"),  # today's has gone
        ("2026-12-31T23:59:59", None, "2027-01-01"),
        ("2028-02-28T12:00:00", None, "2028-02-29"),
        ("2026-11-20T00:10:00", None, "2026-11-20"),  # before an outage
    ],
)
def test_a_digest_goes_at_the_next_time_and_once_a_day(queued: str, last_on: str | None, day: str) -> None:
    last = date.fromisoformat(last_on) if last_on else None
    assert delivery.digest_day(datetime.fromisoformat(queued), AT, last) == date.fromisoformat(day)


def test_attempts_are_spaced_wider_each_time_and_end() -> None:
    waits = [
        (found - NOW) if (found := delivery.next_try(attempt, AttemptOutcome.DELAYED, NOW)) else None
        for attempt in range(1, LAST_ATTEMPT + 1)
    ]
    assert waits == [*(timedelta(minutes=minutes) for minutes in RETRY_MINUTES), None]
    assert delivery.next_try(1, AttemptOutcome.REFUSED, NOW) is None
    assert delivery.next_try(1, AttemptOutcome.UNKNOWN, NOW, 3600) == NOW + timedelta(hours=1)


def test_a_message_that_may_have_arrived_is_not_called_failed() -> None:
    for trouble in DeliveryTrouble:
        came_to = delivery.outcome(delivered=False, permanent=False, trouble=trouble)
        assert (came_to is AttemptOutcome.UNKNOWN) is (trouble in delivery.MAY_HAVE_ARRIVED)
    assert delivery.outcome(delivered=False, permanent=True, trouble=None) is AttemptOutcome.REFUSED


def test_a_recipient_is_told_once_in_its_foremost_capacity_and_leaders_apart() -> None:
    found = delivery.seats(
        [(7, Capacity.LEADER), (7, Capacity.OFFICE), (3, Capacity.SUPERVISOR), (3, Capacity.RESPONSIBLE)]
    )
    assert found == (Seat(3, Capacity.RESPONSIBLE), Seat(7, Capacity.OFFICE), Seat(7, Capacity.LEADER))


def test_each_role_is_told_under_its_own_key_and_readers_never() -> None:
    assert Person(Role.UNIT, 1, 3).key in delivery.keys(Seat(3, Capacity.SUPPORTING), 1)
    assert Person(Role.OFFICE, 1, None).key in delivery.keys(Seat(7, Capacity.OFFICE), 1)
    assert Person(Role.OFFICE, 2, None).key not in delivery.keys(Seat(7, Capacity.OFFICE), 1)
    assert Person(Role.LEADER, None, None).key in delivery.keys(Seat(7, Capacity.LEADER), 1)
    assert Person(Role.LEADER, 2, None).key not in delivery.keys(Seat(7, Capacity.LEADER), 1)
    assert {Person(role, 1, 3).key for role in (Role.AUDITOR, Role.INSPECTOR, Role.ADMINISTRATOR)} == {None}


def test_what_is_over_is_left_out_and_a_withdrawal_only_told_to_who_was_told() -> None:
    alert, withdrawal = OutboxKind.ALERT, OutboxKind.WITHDRAWAL
    assert delivery.drop(alert, AlertState.OPEN, told=False) is None
    assert delivery.drop(alert, AlertState.ANSWERED, told=False) is None
    assert delivery.drop(alert, AlertState.SUPERSEDED, told=False) is ItemDrop.SUPERSEDED
    assert delivery.drop(alert, AlertState.WITHDRAWN, told=True) is ItemDrop.WITHDRAWN
    assert delivery.drop(withdrawal, AlertState.WITHDRAWN, told=True) is None
    assert delivery.drop(withdrawal, AlertState.WITHDRAWN, told=False) is ItemDrop.NOT_TOLD


def test_numbers_are_read_back_and_nothing_else_is_taken_for_one() -> None:
    number = delivery.message_number(123, date(2026, 12, 31))
    assert (number, delivery.numbered(f" {number.lower()} ")) == ("T-2026-000123", 123)
    assert delivery.numbered(delivery.message_number(12345678, date(2026, 1, 1))) == 12345678
    assert [delivery.numbered(text) for text in ("", "T-2026-", "T-26-1", "T-2026-000000", "x" * 99)] == [None] * 5


def test_an_address_is_shown_so_that_it_can_be_told_from_others_but_not_used() -> None:
    assert delivery.masked(ChannelKind.EMAIL, "zhang.san@office.example") == "z***@office.example"
    assert delivery.masked(ChannelKind.WECOM, "693a91f6-7aoc-4bc4") == "***4bc4"
    assert (
        delivery.masked(ChannelKind.WEBHOOK, "https://in.example:8443/hook?key=s3cret") == "https://in.example:8443/***"
    )
    assert delivery.masked(ChannelKind.FOLDER, "") == "/"


def test_trouble_of_the_way_holds_the_others_back_but_webhooks_are_ways_of_their_own() -> None:
    assert delivery.blocks_the_way(ChannelKind.EMAIL, DeliveryTrouble.UNREACHABLE)
    assert not delivery.blocks_the_way(ChannelKind.WEBHOOK, DeliveryTrouble.UNREACHABLE)
    assert not delivery.blocks_the_way(ChannelKind.EMAIL, DeliveryTrouble.REFUSED)
    assert not delivery.blocks_the_way(ChannelKind.EMAIL, None)


def notice(alert_id: int = 12, plan: str = "洛阳方案", **more: object) -> NoticeWords:
    values = {"kind": OutboxKind.ALERT, "measure": Measure.URGING, "about": "（虚构）建成学校", "reason": "已逾期3天。"}
    return NoticeWords(alert_id=alert_id, plan=plan, **values | more)  # type: ignore[arg-type]


def test_a_message_says_what_why_until_when_and_where_to_read_on() -> None:
    words = delivery_words.told(MessageKind.URGENT, [notice(reply_due_on=date(2026, 12, 1))], "https://j.example/")
    assert words.subject == "【催办】洛阳方案：（虚构）建成学校"
    for part in ("已逾期3天。", "回复时限：2026年12月1日", "https://j.example/alerts/12"):
        assert part in words.text
    assert words.page == "https://j.example/alerts/12"
    assert delivery_words.told(MessageKind.URGENT, [notice()], "").page is None


def test_a_digest_counts_its_notices_and_names_the_plans() -> None:
    words = delivery_words.told(MessageKind.DIGEST, [notice(1), notice(2, "济源方案")], "")
    assert words.subject == "【汇总】洛阳方案等2个方案：2项通知"
    assert "1. 【催办】洛阳方案" in words.text
    assert "2. 【催办】济源方案" in words.text


def test_a_withdrawal_says_what_was_withdrawn_and_why() -> None:
    taken_back = notice(kind=OutboxKind.WITHDRAWAL, why_withdrawn="误发")
    words = delivery_words.told(MessageKind.URGENT, [taken_back], "")
    assert words.subject.startswith("【撤回催办】")
    assert "撤回原因：误发" in words.text
    long = delivery_words.told(MessageKind.URGENT, [notice(about="长" * 90)], "")
    assert len(long.subject) < 60
