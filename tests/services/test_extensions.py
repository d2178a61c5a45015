"""Extensions on record: asked, advised, granted, refused, taken back, put right; the ladder and lateness follow."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.extensions import ExtensionState
from app.domain.vocabulary import DecisionKind, DueCause, ExtensionStepKind, Role, Standing, Timeliness
from app.models import Account, AuditEntry, DueDate, ExtensionStep, Organization, Plan
from app.queries import extensions as reads
from app.queries.extension_rows import ExtensionRow
from app.queries.extensions import ExtensionFilter
from app.services import extensions, standings
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from app.services.evidence import StoredUpload
from app.services.extensions import RequestInput, StepInput
from tests.support.desk import NOW, Desk, desk_of, due
from tests.support.facts import add_decision, noon

SCHOOL = "north-school-done"  # due 2027-12-31
DUTY = "rotation-2026"  # due 2026-09-30, overdue at NOW
FILE = StoredUpload("（虚构）请示.pdf", "application/pdf", 9, "a" * 64)
OPINION = StepInput(ExtensionStepKind.OPINION, "（虚构）情况属实，拟同意", supports=True)
GRANT = StepInput(
    ExtensionStepKind.GRANT, "（虚构）同意", due_on=date(2028, 6, 30), document_number="试政办函[2026]012号"
)
REFUSE = replace(GRANT, kind=ExtensionStepKind.REFUSE, text="（虚构）不予延期")


@dataclass(frozen=True)
class People:
    """Everybody who has a say in an extension, at the desk of the office."""

    desk: Desk
    unit: Actor
    leader: Actor

    def ask(self, key: str = SCHOOL, *, actor: Actor | None = None, now: datetime = NOW, **changes: Any) -> int:
        """Ask for an extension and return the request's id."""
        given = replace(RequestInput(date(2028, 3, 31), "（虚构）征地未完成"), **changes)
        row = extensions.ask(self.desk.session, actor or self.unit, self.desk.id_of(key), given, [FILE], now=now)
        return row.id or 0

    def advise(self, extension_id: int, given: StepInput = OPINION, *, now: datetime = NOW) -> None:
        extensions.advise(self.desk.session, self.desk.actor, extension_id, given, [FILE], now=now)

    def decide(self, extension_id: int, given: StepInput = GRANT, *, now: datetime = NOW, **changes: Any) -> None:
        extensions.decide(self.desk.session, self.leader, extension_id, replace(given, **changes), now=now)

    def correct(self, extension_id: int, due_on: str, *, now: datetime = NOW) -> None:
        given = replace(GRANT, kind=ExtensionStepKind.CORRECT, text="（虚构）批错", due_on=date.fromisoformat(due_on))
        extensions.correct(self.desk.session, self.leader, extension_id, given, now=now)

    def granted(self, key: str = SCHOOL, due_on: str = "2028-06-30", **changes: Any) -> int:
        extension_id = self.ask(key, **changes)
        self.advise(extension_id)
        self.decide(extension_id, due_on=date.fromisoformat(due_on))
        return extension_id

    def row(self, extension_id: int) -> ExtensionRow:
        found = reads.show_extension(self.desk.session, Scope(), extension_id)
        assert found is not None
        return found


def people_of(desk: Desk) -> People:
    unit = desk.session.scalars(sa.select(col(Organization.id)).where(col(Organization.name) == "甲县人民政府")).one()
    actors = []
    for name, role, plan_id, organization_id in (
        ("unit", Role.UNIT, desk.plan_id, unit),
        ("leader", Role.LEADER, None, None),
    ):
        account = Account(
            name=name,
            display_name=name,
            role=role,
            plan_id=plan_id,
            organization_id=organization_id,
            password_hash="none",
            created_at=NOW,
        )
        desk.session.add(account)
        desk.session.flush()
        actors.append(Actor(account.id, name, role, Scope(plan_id, organization_id)))
    return People(desk, *actors)


@pytest.fixture
def people(engine: Engine) -> Iterator[People]:
    with desk_of(engine) as desk:
        yield people_of(desk)


def last_entry(people: People) -> tuple[str, dict[str, Any]]:
    entry = people.desk.session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    return entry.action, json.loads(entry.detail)


def test_an_extension_brings_a_date_beside_the_original_one_and_a_closing_is_judged_by_both(
    people: People,
) -> None:
    desk = people.desk
    extension_id = people.granted()
    version = desk.session.scalars(sa.select(DueDate)).one()
    assert (version.version, version.due_on, version.cause) == (2, date(2028, 6, 30), DueCause.EXTENSION)
    assert (version.reason, version.document_number) == (GRANT.text, "试政办函〔2026〕12号")
    assert version.author_id == people.leader.account_id
    standing = desk.standing(SCHOOL)
    assert (standing.original_due_on, standing.effective_due_on) == (date(2027, 12, 31), date(2028, 6, 30))
    action, detail = last_entry(people)
    assert action == "extensions:grant"
    assert (detail["before"]["effective_due_on"], detail["after"]["effective_due_on"]) == ("2027-12-31", "2028-06-30")
    assert (detail["before"]["extension"], detail["after"]["extension"]) == ("advised", "granted")
    row = people.row(extension_id)
    assert (row.state, row.granted_due_on, row.organization) == (
        ExtensionState.GRANTED,
        date(2028, 6, 30),
        "甲县人民政府",
    )
    assert [step.kind for step in row.steps] == [ExtensionStepKind.OPINION, ExtensionStepKind.GRANT]
    assert [file.filename for file in (*row.files, *row.steps[0].files)] == [FILE.filename] * 2
    assert standings.differences(desk.session, local_day(NOW)) == []
    closed = noon("2028-04-10")
    add_decision(
        desk.session, desk.office, desk.id_of(SCHOOL), DecisionKind.CLOSE_OUT, closed, reached_on=local_day(closed)
    )
    standings.refresh(desk.session, [desk.id_of(SCHOOL)], local_day(closed))
    standing = desk.standing(SCHOOL)
    assert (standing.timeliness, standing.original_timeliness) == (Timeliness.ON_TIME, Timeliness.LATE)


def test_a_refused_extension_leaves_the_original_date_and_allows_another_request(people: People) -> None:
    extension_id = people.ask()
    people.advise(extension_id, replace(OPINION, supports=False))
    people.decide(extension_id, REFUSE)
    assert people.row(extension_id).state is ExtensionState.REFUSED
    assert people.desk.session.scalars(sa.select(DueDate)).all() == []
    assert people.desk.standing(SCHOOL).effective_due_on == date(2027, 12, 31)
    held = reads.of_milestone(people.desk.session, people.desk.id_of(SCHOOL))
    assert (held.granted, held.waiting) == (0, None)
    assert people.ask() > extension_id


def test_each_field_that_is_wrong_is_named_and_nothing_is_recorded(people: People) -> None:
    with pytest.raises(InputError) as wrong:
        people.ask(proposed_due_on=date(2027, 12, 31), reason="")
    assert wrong.value.problems.keys() == {"proposed_due_on", "reason"}
    for day in (None, date(9999, 12, 31)):
        with pytest.raises(InputError, match="proposed_due_on"):
            people.ask(proposed_due_on=day)
    extension_id = people.ask()
    with pytest.raises(InputError) as wrong:
        people.advise(extension_id, StepInput(ExtensionStepKind.OPINION, ""))
    assert wrong.value.problems.keys() == {"supports", "text"}
    people.advise(extension_id)
    with pytest.raises(InputError) as wrong:
        people.decide(extension_id, text="", document_number="", due_on=date(2027, 12, 31))
    assert wrong.value.problems.keys() == {"due_on", "document_number", "text"}
    assert people.row(extension_id).state is ExtensionState.ADVISED


def test_after_the_due_date_an_extension_needs_a_reason_why_it_comes_late(people: People) -> None:
    with pytest.raises(InputError, match="late_reason"):
        people.ask(DUTY, proposed_due_on=date(2026, 12, 31))
    late = people.ask(DUTY, proposed_due_on=date(2026, 12, 31), late_reason="（虚构）机构调整")
    assert people.row(late).late_reason == "（虚构）机构调整"
    in_time = people.ask(late_reason="不需要")
    assert people.row(in_time).late_reason is None


def test_only_a_responsible_unit_or_the_office_asks_and_only_who_asked_takes_it_back(people: People) -> None:
    desk = people.desk
    with pytest.raises(ForbiddenError):
        extensions.ask(desk.session, replace(people.unit, account_id=None), desk.id_of(SCHOOL), _request(), [], now=NOW)
    other = replace(people.unit, scope=Scope(desk.plan_id, desk.context.plan.office_id))
    with pytest.raises(NotFoundError):
        people.ask(actor=other)
    of_another_plan = replace(desk.actor, scope=Scope(desk.plan_id + 1))
    with pytest.raises(NotFoundError):
        people.ask(actor=of_another_plan)
    supported = desk.stored(SCHOOL).model_copy(update={"supporting": ("州教育局",)})
    desk.revise(SCHOOL, supported)
    with pytest.raises(ForbiddenError):
        people.ask(actor=other)
    extension_id = people.ask(actor=desk.actor)
    back = StepInput(ExtensionStepKind.WITHDRAW, "（虚构）已可按期完成")
    with pytest.raises(ForbiddenError):
        extensions.withdraw(desk.session, people.unit, extension_id, back, now=NOW)
    extensions.withdraw(desk.session, desk.actor, extension_id, back, now=NOW)
    assert people.row(extension_id).state is ExtensionState.WITHDRAWN


def _request() -> RequestInput:
    return RequestInput(date(2028, 3, 31), "（虚构）征地未完成")


def test_a_leader_decides_only_after_the_offices_opinion_and_only_once(people: People) -> None:
    extension_id = people.ask()
    with pytest.raises(ConflictError):
        people.ask()
    with pytest.raises(ConflictError):
        people.decide(extension_id)
    people.advise(extension_id, replace(OPINION, supports=False))
    people.advise(extension_id)
    people.decide(extension_id)
    for step in (GRANT, REFUSE):
        with pytest.raises(ConflictError):
            people.decide(extension_id, step)


def test_the_limit_counts_grants_and_neither_refusals_nor_corrections(people: People) -> None:
    desk = people.desk
    first = people.granted(due_on="2028-03-31")
    people.correct(first, "2028-02-29")
    refused = people.ask()
    people.advise(refused)
    people.decide(refused, REFUSE)
    people.granted(due_on="2028-06-30")
    held = reads.of_milestone(desk.session, desk.id_of(SCHOOL))
    assert (held.granted, held.limit) == (2, 2)
    with pytest.raises(ConflictError, match="as many extensions"):
        people.ask(proposed_due_on=date(2029, 1, 31))
    desk.session.execute(sa.update(Plan).values(extension_limit=3))
    waiting = people.ask(proposed_due_on=date(2029, 1, 31))
    people.advise(waiting)
    desk.session.execute(sa.update(Plan).values(extension_limit=2))  # lowered while the request waits
    with pytest.raises(ConflictError, match="as many extensions"):
        people.decide(waiting, due_on=date(2029, 1, 31))
    people.decide(waiting, REFUSE)


def test_a_wrong_grant_is_put_right_by_a_further_version_until_an_amendment_overtakes_it(people: People) -> None:
    extension_id = people.granted()
    for day in ("2028-06-30", "2027-12-30"):  # in force already; before the date that the extension started from
        with pytest.raises(InputError, match="due_on"):
            people.correct(extension_id, day)
    people.correct(extension_id, "2028-05-31")
    people.correct(extension_id, "2027-12-31")
    dues = people.desk.session.execute(sa.select(col(DueDate.version), col(DueDate.due_on), col(DueDate.cause)))
    assert [tuple(row) for row in dues] == [
        (2, date(2028, 6, 30), DueCause.EXTENSION),
        (3, date(2028, 5, 31), DueCause.EXTENSION),
        (4, date(2027, 12, 31), DueCause.EXTENSION),
    ]
    row = people.row(extension_id)
    assert (row.state, row.granted_due_on) == (ExtensionState.CORRECTED, date(2027, 12, 31))
    assert last_entry(people)[1]["before"]["effective_due_on"] == "2028-05-31"
    people.desk.amend(SCHOOL, due=due("2029-01-31"))
    with pytest.raises(ConflictError):
        people.correct(extension_id, "2028-05-31")


def test_the_ladder_fires_again_for_the_extended_date(people: People) -> None:
    desk = people.desk
    desk.scan(NOW)
    assert desk.alerts(DUTY) == [(1, date(2026, 9, 30))]
    people.granted(DUTY, "2026-12-31", proposed_due_on=date(2026, 12, 31), late_reason="（虚构）机构调整")
    assert desk.standing(DUTY).standing is not Standing.OVERDUE
    desk.scan(noon("2026-12-31"))
    assert len(desk.alerts(DUTY)) == 1
    desk.scan(noon("2027-01-01"))
    assert desk.alerts(DUTY) == [(1, date(2026, 9, 30)), (2, date(2026, 12, 31))]
    reason = desk.reasons(DUTY)[-1]
    assert "已逾期1天；按原时限逾期93天" in reason


def test_a_date_amended_while_a_request_waits_makes_it_stale_but_not_void(people: People) -> None:
    desk = people.desk
    extension_id = people.ask()
    desk.amend(SCHOOL, due=due("2028-04-30"), now=noon("2026-11-23"))
    row = people.row(extension_id)
    assert row.stale
    assert (row.asked_from_on, row.effective_due_on) == (date(2027, 12, 31), date(2028, 4, 30))
    later = noon("2026-11-24")
    with pytest.raises(ConflictError, match="changed meanwhile to 2028-04-30"):
        people.advise(extension_id, replace(OPINION, seen_version=1), now=later)
    people.advise(extension_id, replace(OPINION, seen_version=2), now=later)
    assert last_entry(people)[1]["date_moved_since_request"] == "2028-04-30"
    with pytest.raises(InputError, match="due_on"):
        people.decide(extension_id, due_on=date(2028, 3, 31), now=later)
    people.decide(extension_id, now=later)
    assert [step.date_moved for step in people.row(extension_id).steps] == [True, True]
    assert desk.standing(SCHOOL).due_version == 3


def test_a_request_lapses_with_its_milestone_and_reopening_does_not_revive_it(people: People) -> None:
    desk, ended = people.desk, noon("2026-11-25")
    closed, withdrawn = people.ask(), people.ask("recognition-jia", proposed_due_on=date(2029, 6, 30))
    people.advise(closed)
    milestone_id = desk.id_of(SCHOOL)
    add_decision(desk.session, desk.office, milestone_id, DecisionKind.CLOSE_OUT, ended, reached_on=local_day(ended))
    standings.refresh(desk.session, [milestone_id], local_day(ended))
    desk.revise("recognition-jia", None, now=ended)  # not deleted, as somebody has asked
    assert [people.row(key).state for key in (closed, withdrawn)] == [ExtensionState.LAPSED] * 2
    with pytest.raises(ConflictError):
        people.decide(closed, now=ended)
    with pytest.raises(ConflictError):
        people.advise(withdrawn, now=ended)
    with pytest.raises(ConflictError, match="not open"):
        people.ask(now=ended)
    reopened = noon("2026-11-26")
    add_decision(desk.session, desk.office, milestone_id, DecisionKind.REOPEN, reopened)
    standings.refresh(desk.session, [milestone_id], local_day(reopened))
    assert people.row(closed).state is ExtensionState.LAPSED
    assert people.row(people.ask(now=noon("2026-11-27"))).state is ExtensionState.REQUESTED


def test_the_list_puts_what_waits_longest_first_and_keeps_to_the_scope(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = people.desk
    settled = people.granted()
    older = people.ask(proposed_due_on=date(2029, 1, 31), now=noon("2026-11-10"))
    newer = people.ask("recognition-jia", proposed_due_on=date(2029, 6, 30))
    everybody, other = Scope(), Scope(None, desk.context.plan.office_id)
    assert [row.id for row in reads.list_extensions(desk.session, everybody, ExtensionFilter()).rows] == [
        older,
        newer,
        settled,
    ]
    assert people.row(older).days_waiting(local_day(NOW)) == 12
    assert (reads.waiting_count(desk.session, everybody), reads.waiting_count(desk.session, other)) == (2, 0)
    assert reads.list_extensions(desk.session, other, ExtensionFilter()).rows == ()
    wanted = ExtensionFilter(state=ExtensionState.GRANTED, organization_id=people.unit.scope.organization_id)
    assert [row.id for row in reads.list_extensions(desk.session, people.unit.scope, wanted).rows] == [settled]
    assert [item.name for item in reads.askers(desk.session, everybody, desk.plan_id)] == ["甲县人民政府"]
    monkeypatch.setattr(reads, "PAGE", 2)
    first = reads.list_extensions(desk.session, everybody, ExtensionFilter())
    rest = reads.list_extensions(desk.session, everybody, ExtensionFilter(), first.next)
    assert ([row.id for row in first.rows], [row.id for row in rest.rows], rest.next) == (
        [older, newer],
        [settled],
        None,
    )


def test_what_was_known_of_requests_before_a_moment_can_be_read_again(people: People) -> None:
    extension_id = people.ask(now=noon("2026-11-20"))
    people.advise(extension_id, now=noon("2026-11-21"))
    people.decide(extension_id, now=noon("2026-11-22"))
    milestone_id = people.desk.id_of(SCHOOL)
    states = [
        [row.state for row in reads.of_milestone(people.desk.session, milestone_id, noon(f"2026-11-{day}")).rows]
        for day in (20, 21, 22, 23)
    ]
    assert states == [[], [ExtensionState.REQUESTED], [ExtensionState.ADVISED], [ExtensionState.GRANTED]]


def test_two_leaders_who_decide_at_once_take_one_decision(engine: Engine) -> None:
    with desk_of(engine) as desk:
        people = people_of(desk)
        extension_id = people.ask()
        people.advise(extension_id)

    def decide(given: StepInput) -> str:
        try:
            with write_session(engine) as session:
                extensions.decide(session, people.leader, extension_id, given, now=NOW)
        except ConflictError:
            return "told"
        return "decided"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, (GRANT, REFUSE))) == ["decided", "told"]
    with write_session(engine) as session:
        kinds = session.scalars(sa.select(col(ExtensionStep.kind)).order_by(col(ExtensionStep.id))).all()
        dues = len(session.scalars(sa.select(DueDate)).all())
    assert len(kinds) == 2
    assert dues == (1 if kinds[-1] is ExtensionStepKind.GRANT else 0)
