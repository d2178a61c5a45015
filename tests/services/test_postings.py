"""Keeping posts: one holder of a duty at a time, nobody overwritten, alerts and cases name who answered then."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import PostDuty, Role
from app.models import AuditEntry, Organization
from app.queries import alerts as alert_reads
from app.queries import postings as reads
from app.services import organizations, postings
from app.services.entries import fingerprint
from app.services.errors import ConflictError, InputError, NotFoundError
from app.services.postings import PostingInput
from tests.jobs import ledger
from tests.support.facts import SYSTEM, Office, counted, day, noon, office

NOW = noon("2026-11-22")
TODAY = day("2026-11-22")
IN_CHARGE, HEAD, CONTACT = PostDuty


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as session:
        yield session


@pytest.fixture
def of(session: Session) -> Office:
    return office(session)


def post(person: str = "王某", from_on: str = "2026-01-01", to_on: str | None = None, **more: Any) -> PostingInput:
    values = {"post": "副局长", "duty": IN_CHARGE, "to_on": day(to_on) if to_on else None}
    return PostingInput(person=person, from_on=day(from_on), **values | more)


def added(session: Session, of: Office, given: PostingInput, **more: Any) -> int:
    return postings.add_posting(session, SYSTEM, of.organization_id, given, now=NOW, **more)


def stored(session: Session, posting_id: int) -> PostingInput:
    return postings.values_of(postings.kept_posting(session, SYSTEM, posting_id)[0])


def corrected(session: Session, posting_id: int, **changes: Any) -> bool:
    old = stored(session, posting_id)
    seen = fingerprint(old)
    return postings.update_posting(session, SYSTEM, posting_id, replace(old, **changes), fingerprint=seen, now=NOW)


def problems(call: Any, *args: Any, **named: Any) -> set[str]:
    with pytest.raises(InputError) as refused:
        call(*args, **named)
    return set(refused.value.problems)


def last_entries(session: Session, count: int) -> list[tuple[str, dict[str, Any]]]:
    rows = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(count)).all()
    return [(row.action, json.loads(row.detail)) for row in rows]


def test_a_successor_ends_the_one_before_on_the_eve_when_asked_and_not_otherwise(session: Session, of: Office):
    first = added(session, of, post())
    follows = post("李某", "2026-09-01")
    assert problems(added, session, of, follows) == {"end_earlier"}
    added(session, of, follows, end_earlier=True)
    assert stored(session, first).to_on == date(2026, 8, 31)
    (create, after), (end, ended) = last_entries(session, 2)
    assert (create, after["after"]["person"]) == ("postings:create", "李某")
    assert (end, ended["after"]["to_on"], "to_on" in ended["before"]) == ("postings:end", "2026-08-31", False)
    for on, person in (("2026-08-31", "王某（副局长）"), ("2026-09-01", "李某（副局长）")):
        assert reads.responsible_on(session, [of.organization_id], day(on)) == {of.organization_id: person}
    assert reads.responsible_on(session, [of.organization_id], day("2025-12-31")) == {}


def test_who_came_later_is_never_cut_short_and_no_post_is_entered_twice(session: Session, of: Office):
    added(session, of, post(from_on="2026-06-01"))
    assert problems(added, session, of, post("李某", "2026-01-01"), end_earlier=True) == {"from_on"}
    assert problems(added, session, of, post(from_on="2026-07-01")) == {"person"}
    added(session, of, post("李某", "2026-01-01", "2026-05-31"))
    for name in ("赵某", "钱某"):
        added(session, of, post(name, duty=CONTACT))
    added(session, of, post("孙某", duty=HEAD, post="局长"))
    assert len(reads.of_organization(session, of.organization_id)) == 5


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"person": ""}, {"person"}),
        ({"person": "长" * 61, "post": ""}, {"person", "post"}),
        ({"post": "长" * 81}, {"post"}),
        ({"to_on": day("2025-12-31")}, {"to_on"}),
        ({"from_on": date.min}, {"from_on"}),
        ({"to_on": date.max}, {"to_on"}),
    ],
    ids=lambda value: "+".join(sorted(value)),
)
def test_what_cannot_be_taken_is_named_by_field(session: Session, of: Office, changes: Any, fields: set[str]):
    assert problems(added, session, of, replace(post(), **changes)) == fields


def test_a_unit_that_ended_takes_no_later_holder(session: Session, of: Office):
    session.execute(sa.update(Organization).values(valid_to=day("2025-12-31")))
    assert problems(added, session, of, post()) == {"from_on"}


def test_a_correction_keeps_before_and_after_and_overwrites_nobody(session: Session, of: Office):
    posting = added(session, of, post())
    seen = fingerprint(stored(session, posting))
    assert not corrected(session, posting)
    assert corrected(session, posting, person="王小某")
    ((action, detail),) = last_entries(session, 1)
    assert (action, detail["before"]["person"], detail["after"]["person"]) == ("postings:update", "王某", "王小某")
    late = post("汪某")
    refused = problems(postings.update_posting, session, SYSTEM, posting, late, fingerprint=seen, now=NOW)
    assert refused == {"fingerprint"}
    assert problems(postings.delete_posting, session, SYSTEM, posting, fingerprint=seen, now=NOW) == {"fingerprint"}
    other = added(session, of, post("李某", duty=HEAD))
    assert problems(corrected, session, other, duty=IN_CHARGE) == {"from_on"}
    assert problems(corrected, session, other, duty=IN_CHARGE, from_on=day("2026-02-01")) == {"end_earlier"}


def test_a_post_ends_once_and_what_was_typed_wrong_is_deleted(session: Session, of: Office):
    posting = added(session, of, post())
    postings.end_posting(session, SYSTEM, posting, to_on=day("2026-06-30"), now=NOW)
    assert problems(postings.end_posting, session, SYSTEM, posting, to_on=day("2026-07-31"), now=NOW) == {"to_on"}
    with pytest.raises(ConflictError):  # what has posts on record stays
        organizations.delete_organization(session, SYSTEM, of.organization_id, now=NOW)
    seen = fingerprint(stored(session, posting))
    postings.delete_posting(session, SYSTEM, posting, fingerprint=seen, now=NOW)
    ((action, detail),) = last_entries(session, 1)
    assert (action, detail["before"]["to_on"]) == ("postings:delete", "2026-06-30")
    with pytest.raises(NotFoundError):
        postings.end_posting(session, SYSTEM, posting, to_on=TODAY, now=NOW)


def test_an_office_leaves_the_units_of_other_plans_alone(session: Session, of: Office):
    far = office(session)
    own, other = (Actor(item.account_id, "办公室", Role.OFFICE, Scope(item.plan_id)) for item in (of, far))
    postings.add_posting(session, own, of.organization_id, post(), now=NOW)
    with pytest.raises(NotFoundError):
        postings.add_posting(session, other, of.organization_id, post(duty=HEAD), now=NOW)
    with pytest.raises(NotFoundError):
        postings.add_posting(session, own, 4000, post(), now=NOW)


def test_several_units_are_filled_in_at_once_all_or_none(engine: Engine):
    ledger.lay_plan(engine)
    ledger.add_milestone(engine, TODAY, responsible=(ledger.UNIT, ledger.OTHER_UNIT), supporting=(ledger.HELPER,))
    ledger.add_milestone(engine, TODAY, responsible=(ledger.OTHER_UNIT,))
    with write_session(engine) as session:
        found = reads.without_responsible(session, Scope(ledger.PLAN), None, today=TODAY)
        listed = [(row.id, row.milestones) for row in found.rows]
        assert listed[:2] == [(ledger.OTHER_UNIT, 2), (ledger.UNIT, 1)]
        assert set(listed[2:]) == {(ledger.OFFICE, 0), (ledger.HELPER, 0)}
        postings.add_posting(session, SYSTEM, ledger.OFFICE, post("周某", duty=CONTACT), now=NOW)
        given = {ledger.UNIT: post(), ledger.OTHER_UNIT: post("李某", duty=HEAD)}
        assert postings.add_postings(session, SYSTEM, given, now=NOW) == 2
        left = reads.without_responsible(session, Scope(), ledger.PLAN, today=TODAY)
        assert {row.id for row in left.rows} == {ledger.OFFICE, ledger.HELPER}
        assert reads.without_responsible(session, Scope(), ledger.PLAN + 1, today=TODAY).count == 0
        wrong = {ledger.HELPER: post(""), ledger.UNIT: post()}
        refused = problems(postings.add_postings, session, SYSTEM, wrong, now=NOW)
        assert refused == {f"person-{ledger.HELPER}", f"person-{ledger.UNIT}"}


def test_alerts_and_cases_name_who_answered_then_and_keep_the_name(engine: Engine):
    ledger.lay_plan(engine)
    for _ in range(3):
        ledger.add_milestone(engine, TODAY - ledger.days(1), supporting=(ledger.HELPER,))
    with write_session(engine) as session:
        posting = postings.add_posting(session, SYSTEM, ledger.UNIT, post(), now=NOW)
    with counted(engine) as statements:
        ledger.scan_on(engine, TODAY)
    assert sum("FROM posting" in statement for statement in statements) == 2  # who answers, and where nobody does
    with write_session(engine) as session:
        follows = post("李某", "2026-12-01")
        postings.add_posting(session, SYSTEM, ledger.UNIT, follows, end_earlier=True, now=NOW)
    ledger.scan_on(engine, TODAY + ledger.days(40))
    with write_session(engine) as session:
        seen = fingerprint(stored(session, posting))
        postings.delete_posting(session, SYSTEM, posting, fingerprint=seen, now=NOW)
    with read_session(engine) as session:
        later, first = alert_reads.alerts_of_milestone(session, 1)
        named = {item.name: item.person for item in first.addressees}
        assert named == {"教育局": "王某（副局长）", "住建局": None, "领导小组办公室": None}
        assert [item.person for item in later.addressees] == ["李某（副局长）"]
        (opened,) = reads.answering_in_case(session, 1, ledger.UNIT, TODAY + ledger.days(40))
        assert (opened.name, opened.person) == ("财政局" if ledger.UNIT == 3 else "教育局", "李某（副局长）")
        held_for_others = reads.answering_in_case(session, 1, ledger.OFFICE, TODAY)
        assert [item.organization_id for item in held_for_others] == [ledger.UNIT]
