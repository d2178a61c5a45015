"""Review of reports: who may take which step, all or none at once, and one acceptance when two are quick."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.reports import ReportKind, ReportStep
from app.domain.vocabulary import DecisionKind, OrganizationKind, ReportState, Role, Standing, UnitRole
from app.models import (
    Account,
    MilestoneDecision,
    MilestoneStanding,
    MilestoneUnit,
    Organization,
    ReportReview,
)
from app.queries import review_pages
from app.queries import reviews as waiting
from app.queries.reviews import ReviewFilter
from app.services import audit, reviews, standings
from app.services.errors import ForbiddenError, InputError, NotFoundError
from app.services.reviews import OvertakenError
from tests.support.facts import (
    Office,
    add_decision,
    add_milestone,
    add_report,
    add_target,
    counted,
    noon,
    office,
)

NOW = noon("2026-11-22")
TODAY = date(2026, 11, 22)
ACCEPT, RETURN, ENDORSE = ReportStep.ACCEPT, ReportStep.RETURN, ReportStep.ENDORSE


@dataclass(frozen=True)
class Stage:
    """An office, a county under the city's supervision and one under nobody's, and a milestone of each."""

    of: Office
    office: Actor
    county: Actor
    city: Actor
    stranger: Actor
    milestone: int
    free: int  # the milestone of the county that nobody supervises
    target: int


def unit(session: Session, of: Office, name: str, milestone_id: int | None, above: int | None = None) -> Actor:
    """Add a unit, bound to a milestone, with an account that reports for it."""
    row = Organization(
        name=f"{name}{of.plan_id}",
        short_name=name,
        kind=OrganizationKind.GOVERNMENT,
        place_id=of.place_id,
        supervisor_id=above,
        sort_key=name,
    )
    session.add(row)
    session.flush()
    if milestone_id is not None:
        bound = MilestoneUnit(
            milestone_id=milestone_id,
            role=UnitRole.RESPONSIBLE,
            organization_id=row.id or 0,
            named_as=name,
            position=0,
            leads=True,
        )
        session.add(bound)
    account = Account(
        name=row.name, display_name=name, role=Role.UNIT, plan_id=of.plan_id, password_hash="none", created_at=NOW
    )
    session.add(account)
    session.flush()
    return Actor(account.id, name, Role.UNIT, Scope(of.plan_id, row.id))


def stage(session: Session) -> Stage:
    of = office(session)
    milestone, free = (add_milestone(session, of, "2026-01-01", "2026-12-31") for _ in range(2))
    city = unit(session, of, "市教育局", None)
    county = unit(session, of, "甲县", milestone, city.scope.organization_id)
    stranger = unit(session, of, "乙县", free)
    target = add_target(session, of, milestone, "95")
    standings.refresh(session, [milestone, free], TODAY)
    actor = Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id))
    return Stage(of, actor, county, city, stranger, milestone, free, target)


def hand_in(session: Session, at: Stage, on: str = "2026-11-01", who: Actor | None = None, **more: object) -> int:
    who = who or at.county
    milestone = at.free if who is at.stranger else at.milestone
    report = add_report(session, at.of, milestone, noon(on), organization_id=who.scope.organization_id, **more)
    standings.refresh(session, [milestone], TODAY)
    return report


def state(session: Session, report_id: int) -> ReportState:
    return session.get_one(ReportReview, report_id, populate_existing=True).state


def standing(session: Session, milestone_id: int) -> MilestoneStanding:
    return session.get_one(MilestoneStanding, milestone_id, populate_existing=True)


def test_a_report_goes_from_the_supervisor_to_the_office(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        report = hand_in(session, at, share_pct=Decimal(40))
        scope = at.city.scope
        assert [row.report_id for row in waiting.queue(session, scope, ReviewFilter()).rows] == [report]
        for actor, step, error in (
            (at.city, ACCEPT, ForbiddenError),  # only the office decides
            (at.county, ENDORSE, NotFoundError),  # nobody looks through his own
            (at.county, ACCEPT, NotFoundError),
            (at.stranger, ENDORSE, NotFoundError),
            (at.office, ENDORSE, ForbiddenError),
            (Actor(at.of.account_id, "x", Role.LEADER), ACCEPT, ForbiddenError),
            (Actor(at.of.account_id, "x", Role.OFFICE, Scope(at.of.plan_id + 99)), ACCEPT, NotFoundError),
        ):
            with pytest.raises(error):
                reviews.review(session, actor, report, step, "", [], now=NOW)
        reviews.review(session, at.city, report, ENDORSE, "已核", [], now=NOW)
        assert state(session, report) is ReportState.ENDORSED
        assert waiting.queue(session, scope, ReviewFilter()).rows == ()
        for step in (ENDORSE, RETURN):  # it is the office's now
            with pytest.raises(OvertakenError):
                reviews.review(session, at.city, report, step, "x", [], now=NOW)
        reviews.review(session, at.office, report, ACCEPT, "", [], now=NOW)
        assert state(session, report) is ReportState.ACCEPTED
        page = review_pages.show_review(session, at.office.scope, report)
        assert page
        assert [(item.kind, item.note) for item in page.this.answers] == [
            (DecisionKind.ENDORSE, "已核"),
            (DecisionKind.ACCEPT, ""),
        ]


def test_what_goes_back_says_why_and_its_unit_sends_it_again(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        report = hand_in(session, at, share_pct=Decimal(40), values={at.target: "90"})
        with pytest.raises(InputError) as refused:
            reviews.review(session, at.office, report, RETURN, "", [], now=NOW)
        assert set(refused.value.problems) == {"note"}
        reviews.review(session, at.city, report, RETURN, "数据口径不清", [], now=NOW)
        assert state(session, report) is ReportState.RETURNED
        assert standing(session, at.milestone).progress_pct is None
        again = hand_in(session, at, "2026-11-21", share_pct=Decimal(35), replaces_id=report)
        assert (state(session, report), state(session, again)) == (ReportState.REPLACED, ReportState.SUBMITTED)
        with pytest.raises(OvertakenError):
            reviews.review(session, at.office, report, ACCEPT, "", [], now=NOW)
        page = review_pages.show_review(session, at.county.scope, again)
        assert page
        assert [(item.report.id, item.answers[0].note) for item in page.earlier] == [(report, "数据口径不清")]
        earlier = review_pages.show_review(session, at.county.scope, report)
        assert earlier
        assert earlier.later_id == again


def test_a_claim_whose_values_were_accepted_may_still_go_back(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        made = hand_in(session, at, share_pct=Decimal(100), claims_completion=True, reached_on=date(2026, 10, 30))
        reviews.review(session, at.office, made, ACCEPT, "", [], now=NOW)
        assert standing(session, at.milestone).standing is Standing.AWAITING_VERIFICATION
        reviews.review(session, at.office, made, RETURN, "现场未完工", [], now=NOW)
        assert not standing(session, at.milestone).claim_pending
        with pytest.raises(OvertakenError):
            reviews.review(session, at.office, made, RETURN, "再退", [], now=NOW)


def test_so_may_a_claim_that_took_the_place_of_another(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        claims: dict[str, Any] = {
            "share_pct": Decimal(100),
            "claims_completion": True,
            "reached_on": date(2026, 10, 30),
        }
        made = hand_in(session, at, **claims)
        again = hand_in(session, at, "2026-11-02", replaces_id=made, **claims)
        reviews.review(session, at.office, again, ACCEPT, "", [], now=NOW)
        page = review_pages.show_review(session, at.office.scope, again)
        assert page
        assert page.claim_pending
        reviews.review(session, at.office, again, RETURN, "现场未完工", [], now=NOW)
        assert (state(session, again), standing(session, at.milestone).claim_pending) == (ReportState.RETURNED, False)


def test_accepting_a_value_below_its_target_lets_a_closed_milestone_slide_back(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        add_decision(
            session, at.of, at.milestone, DecisionKind.CLOSE_OUT, noon("2026-06-01"), note="", reached_on=TODAY
        )
        report = hand_in(session, at, values={at.target: "90"})
        assert standing(session, at.milestone).standing is Standing.CLOSED
        reviews.review(session, at.office, report, ACCEPT, "", [], now=NOW)
        assert standing(session, at.milestone).standing is Standing.REGRESSED


def test_many_are_accepted_at_once_or_none_with_those_named_that_changed(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        reports = [hand_in(session, at, f"2026-11-{day:02}", share_pct=Decimal(day)) for day in range(1, 9)]
        for wrong, error in (([], InputError), (range(1, 502), InputError), ([*reports, 10**6], NotFoundError)):
            with pytest.raises(error):
                reviews.accept_many(session, at.office, list(wrong), "", now=NOW)
        reviews.review(session, at.office, reports[2], RETURN, "重报", [], now=NOW)
        with pytest.raises(OvertakenError) as late:
            reviews.accept_many(session, at.office, reports, "", now=NOW)
        assert late.value.report_ids == (reports[2],)
        assert state(session, reports[0]) is ReportState.SUBMITTED
        others = [*reports[:2], *reports[3:]]

        def spent(ids: list[int]) -> int:
            with counted(engine) as statements:
                assert reviews.accept_many(session, at.office, ids, "季度审核", now=NOW) == len(ids)
            # SQLite gives ids to one new row at a time; everything else is one statement however many there are.
            return sum(not text.startswith("INSERT INTO milestone_decision") for text in statements)

        assert spent(others[:1]) == spent(others[1:])
        assert {state(session, item) for item in others} == {ReportState.ACCEPTED}
    with read_session(engine) as session:
        assert standings.differences(session, TODAY) == []


def test_two_reviewers_who_accept_at_once_leave_one_acceptance(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        audit.record(session, at.office, "tests:write", "tests/1", now=NOW)  # the trail of an installation has begun
        report = hand_in(session, at)
    found: list[str] = []
    ready = Barrier(2)

    def accept(together: bool) -> None:
        ready.wait()
        try:
            with write_session(engine) as session:
                if together:
                    reviews.accept_many(session, at.office, [report], "", now=NOW)
                else:
                    reviews.review(session, at.office, report, ACCEPT, "", [], now=NOW)
            found.append("accepted")
        except OvertakenError:
            found.append("told")

    threads = [Thread(target=accept, args=(together,)) for together in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["accepted", "told"]
    with read_session(engine) as session:
        query = sa.select(sa.func.count()).where(col(MilestoneDecision.report_id) == report)
        assert session.scalar(query) == 1


def test_the_queue_is_narrowed_and_counted_and_a_withdrawn_milestone_waits_for_nobody(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        old = hand_in(session, at, "2026-11-02", claims_completion=True, reached_on=TODAY)
        new = hand_in(session, at, "2026-11-18", values={at.target: "90"})
        other = hand_in(session, at, "2026-11-12", at.stranger, no_change=True)
        scope = at.office.scope

        def ids(**wanted: object) -> list[int]:
            return [row.report_id for row in waiting.queue(session, scope, ReviewFilter(**wanted)).rows]  # type: ignore[arg-type]

        assert ids() == [old, other, new]
        assert waiting.neighbours(session, scope, ReviewFilter(), other) == (old, new)
        assert (ids(kind=ReportKind.CLAIM), ids(kind=ReportKind.VALUES)) == ([old], [new])
        assert (ids(kind=ReportKind.NO_CHANGE), ids(kind=ReportKind.EXPLAINED)) == ([other], [])
        assert (ids(kind=ReportKind.RECHECK), ids(plan="nowhere"), ids(period=(TODAY, TODAY))) == ([], [], [])
        assert ids(unit_id=at.stranger.scope.organization_id) == [other]
        reviews.review(session, at.office, new, ACCEPT, "", [], now=NOW)
        reviews.review(session, at.office, other, RETURN, "请说明", [], now=NOW)
        assert (ids(state=ReportState.ACCEPTED), ids(state=ReportState.RETURNED)) == ([new], [other])
        found = waiting.backlog(session, scope, TODAY, NOW)
        assert (found.waiting, found.oldest_days, found.median_days) == (1, 20, 20)
        assert (found.answered, found.in_time, found.in_time_pct) == (2, 1, Decimal(50))
        add_decision(session, at.of, at.milestone, DecisionKind.WITHDRAW, NOW, note="")
        standings.refresh(session, [at.milestone], TODAY)
        assert (ids(), waiting.waiting_days(session, scope, TODAY)) == ([], [])
        with pytest.raises(OvertakenError):
            reviews.review(session, at.office, old, ACCEPT, "", [], now=NOW)


def test_a_report_stands_beside_the_last_accepted_one_of_its_unit(engine: Engine):
    with write_session(engine) as session:
        at = stage(session)
        first = hand_in(session, at, "2026-03-30", share_pct=Decimal(20), values={at.target: "80"})
        reviews.review(session, at.office, first, ACCEPT, "", [], now=noon("2026-04-01"))
        hand_in(session, at, "2026-06-30", share_pct=Decimal(50), values={at.target: "99"})
        last = hand_in(session, at, "2026-11-01", share_pct=Decimal(60), values={at.target: "96"})
        (_, item) = review_pages.waiting_of_milestone(session, at.office.scope, at.milestone)
        assert (item.report.id, item.last and item.last.id, item.change_pp) == (last, first, Decimal(40))
        (row,) = item.values
        assert (row.value, row.last, row.change, row.verdict) == (Decimal(96), Decimal(80), Decimal(16), "met")
        assert review_pages.show_review(session, at.stranger.scope, last) is None
        assert review_pages.waiting_of_milestone(session, at.stranger.scope, at.milestone) == []
