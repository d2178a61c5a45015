"""What a report answers, replaces and must hold: the expected one of its period, a claim's proof, a doubtful value."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import DecisionKind, OrganizationKind, ReportState, Role, UnitRole
from app.models import ExpectedReport, MilestoneUnit, Organization, Report, ReportReview, ReportValue
from app.services import days, reports, standings
from app.services.errors import ConflictError, InputError
from app.services.evidence import StoredUpload
from app.services.report_values import DoubtfulError
from app.services.reports import ReportInput
from tests.support.facts import Office, add_decision, add_milestone, add_target, day, noon, office

NOW = noon("2026-11-22")
PROOF = StoredUpload("证明.pdf", "application/pdf", 9, "0" * 64)


@dataclass(frozen=True)
class Ledger:
    """A milestone of two units of a group, each of which owes a report this quarter."""

    session: Session
    of: Office
    milestone_id: int
    target_id: int
    actors: tuple[Actor, Actor]

    def submit(
        self, actor: Actor, on: str = "2026-11-22", files: tuple[StoredUpload, ...] = (), **given: object
    ) -> Report:
        values: dict[str, Any] = {
            "reported_on": day(on),
            "share_pct": None,
            "summary": "进展",
            "claims_completion": False,
            "reached_on": None,
            "values": {},
        } | given
        return reports.submit(self.session, actor, self.milestone_id, ReportInput(**values), files, now=noon(on))

    def states(self) -> list[ReportState]:
        query = sa.select(col(ReportReview.state)).order_by(col(ReportReview.report_id))
        return list(self.session.scalars(query.where(col(ReportReview.milestone_id) == self.milestone_id)))

    def expected(self, actor: Actor) -> list[int | None]:
        query = sa.select(col(ExpectedReport.id)).where(
            col(ExpectedReport.milestone_id) == self.milestone_id,
            col(ExpectedReport.organization_id) == actor.scope.organization_id,
        )
        return list(self.session.scalars(query.order_by(col(ExpectedReport.id))))


@pytest.fixture
def ledger(engine: Engine) -> Iterator[Ledger]:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2027-12-31")
        target_id = add_target(session, of, milestone_id, "95")
        actors = []
        for number in (1, 2):
            unit = Organization(
                name=f"某县{number}人民政府{of.plan_id}",
                short_name=f"某县{number}",
                kind=OrganizationKind.GOVERNMENT,
                place_id=of.place_id,
                sort_key=str(number),
            )
            session.add(unit)
            session.flush()
            session.add(
                MilestoneUnit(
                    milestone_id=milestone_id,
                    role=UnitRole.RESPONSIBLE,
                    organization_id=unit.id or 0,
                    named_as="各县",
                    position=number,
                )
            )
            actors.append(Actor(of.account_id, f"某县{number}", Role.UNIT, Scope(of.plan_id, unit.id)))
        session.flush()
        days.begin(session, noon("2026-10-01"))
        yield Ledger(session, of, milestone_id, target_id, (actors[0], actors[1]))


def test_a_report_answers_the_open_period_and_a_second_one_takes_its_place_in_review(ledger: Ledger):
    first_unit, second_unit = ledger.actors
    first = ledger.submit(first_unit, share_pct=Decimal(30))
    again = ledger.submit(first_unit, share_pct=Decimal(35), summary="更正")
    other = ledger.submit(second_unit, share_pct=Decimal(45), summary="另一县")
    assert [first.expected_id, again.expected_id] == ledger.expected(first_unit) * 2
    assert [other.expected_id] == ledger.expected(second_unit)
    assert (again.replaces_id, other.replaces_id) == (first.id, None)
    assert ledger.states() == [ReportState.REPLACED, ReportState.SUBMITTED, ReportState.SUBMITTED]
    assert standings.differences(ledger.session, day("2026-11-22")) == []


def test_what_was_accepted_is_not_replaced_and_what_was_returned_is(ledger: Ledger):
    unit = ledger.actors[0]
    first = ledger.submit(unit)
    add_decision(
        ledger.session, ledger.of, ledger.milestone_id, DecisionKind.RETURN, noon("2026-11-23"), report_id=first.id
    )
    second = ledger.submit(unit, "2026-11-24")
    add_decision(
        ledger.session, ledger.of, ledger.milestone_id, DecisionKind.ACCEPT, noon("2026-11-25"), report_id=second.id
    )
    third = ledger.submit(unit, "2026-11-26")
    assert (second.replaces_id, third.replaces_id) == (first.id, None)
    assert ledger.states() == [ReportState.REPLACED, ReportState.ACCEPTED, ReportState.SUBMITTED]


def test_the_day_a_report_speaks_of_chooses_among_the_open_periods(ledger: Ledger):
    unit = ledger.actors[0]
    days.begin(ledger.session, noon("2027-01-05"))
    old, new = ledger.expected(unit)
    late = ledger.submit(unit, "2027-01-06", reported_on=day("2026-12-31"))
    now = ledger.submit(unit, "2027-01-07", summary="一月")
    assert (late.expected_id, now.expected_id, now.replaces_id) == (old, new, None)
    with pytest.raises(ConflictError):  # its last day of entry was 25 January
        ledger.submit(unit, "2027-01-26", reported_on=day("2026-12-31"), expected_id=old)
    assert ledger.submit(unit, "2027-01-27", reported_on=day("2026-12-31")).expected_id == new


def test_a_report_on_what_was_closed_meanwhile_answers_the_recheck(ledger: Ledger):
    session, unit = ledger.session, ledger.actors[0]
    ledger.submit(unit)
    closed, failed = noon("2026-11-23"), noon("2026-11-24")
    add_decision(session, ledger.of, ledger.milestone_id, DecisionKind.CLOSE_OUT, closed, reached_on=day("2026-11-20"))
    add_decision(session, ledger.of, ledger.milestone_id, DecisionKind.RECHECK_FAILED, failed)
    standings.refresh(session, [ledger.milestone_id], day("2026-11-24"))
    days.begin(session, noon("2026-11-25"))
    progress, recheck = ledger.expected(unit)
    told = ledger.submit(unit, "2026-11-25", summary="回头看")
    assert (told.expected_id, told.replaces_id) == (recheck, None)
    assert progress != recheck


def test_a_second_click_is_refused_and_a_correction_or_the_same_word_for_another_period_is_not(ledger: Ledger):
    unit = ledger.actors[0]
    days.begin(ledger.session, noon("2027-01-05"))
    old, new = ledger.expected(unit)
    ledger.submit(unit, "2027-01-06", expected_id=old, share_pct=Decimal(30))
    with pytest.raises(ConflictError):
        ledger.submit(unit, "2027-01-06", expected_id=old, share_pct=Decimal(30))
    assert ledger.submit(unit, "2027-01-06", expected_id=old, share_pct=Decimal(35)).replaces_id is not None
    assert ledger.submit(unit, "2027-01-06", expected_id=new, share_pct=Decimal(35)).replaces_id is None


def test_a_zero_report_counts_and_holds_nothing_else(ledger: Ledger):
    unit = ledger.actors[0]
    with pytest.raises(InputError) as refused:
        ledger.submit(unit, no_change=True, share_pct=Decimal(40))
    assert set(refused.value.problems) == {"no_change"}
    assert ledger.submit(unit, no_change=True, summary="").expected_id is not None


def test_a_claim_needs_its_day_and_its_proof(ledger: Ledger):
    unit = ledger.actors[0]
    with pytest.raises(InputError) as refused:
        ledger.submit(unit, claims_completion=True)
    assert set(refused.value.problems) == {"reached_on", "evidence"}
    claim = ledger.submit(unit, files=(PROOF,), claims_completion=True, reached_on=day("2026-11-20"))
    assert claim.reached_on == day("2026-11-20")


def test_a_doubtful_value_is_asked_about_once_and_taken_with_or_without_a_word(ledger: Ledger):
    unit, key = ledger.actors[0], ledger.target_id
    ledger.submit(unit, values={key: Decimal(100)})
    with pytest.raises(DoubtfulError) as asked:
        ledger.submit(unit, values={key: Decimal(400)})
    assert set(asked.value.problems) == {f"why-{key}"}
    told = ledger.submit(unit, values={key: Decimal(400)}, explanations={key: "口径调整"}, summary="说明")
    silent = ledger.submit(unit, values={key: Decimal(10)}, doubted=frozenset({key}), summary="不说明")
    query = sa.select(col(ReportValue.explanation)).where(col(ReportValue.report_id).in_((told.id, silent.id)))
    assert list(ledger.session.scalars(query.order_by(col(ReportValue.report_id)))) == ["口径调整", None]
