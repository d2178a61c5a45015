"""One write for every way in: what differs is recorded, corrections move in place, what is worked on is never lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.domain.vocabulary import ChangeSubject, DecisionKind, DueCause, RevisionCause, Standing
from app.models import DueDate, Milestone, Obligation, PlanChange, PlanRevision
from app.services import milestones
from app.services.errors import ConflictError, ForbiddenError
from app.services.milestones import DecisionInput
from app.services.revisions import RevisionInput, differences, revise
from tests.support.desk import NOW, Desk, desk_of, due, task
from tests.support.facts import SYSTEM


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with desk_of(engine) as found:
        yield found


def test_what_is_stored_already_is_no_change_and_no_revision(desk: Desk) -> None:
    wanted = desk.texts()
    assert differences(desk.session, desk.context, wanted) == []
    given = RevisionInput(RevisionCause.EDIT, "更正", reason="核对")
    finding = revise(desk.session, desk.actor, desk.context, wanted, given, now=NOW)
    assert (finding.revision_id, finding.number, finding.changes) == (None, None, ())
    assert desk.session.scalars(sa.select(col(PlanRevision.number))).all() == [1]


def test_a_revision_keeps_what_was_and_what_is_of_each_part_it_changed_and_of_no_other(desk: Desk) -> None:
    finding = desk.correct("places-2028", title="新增学位")
    (row,) = desk.session.scalars(sa.select(PlanChange).where(col(PlanChange.revision_id) == finding.revision_id))
    assert (row.subject, row.key) == (ChangeSubject.MILESTONE, "places-2028")
    assert row.before is not None
    assert row.after == row.before.replace("新增学位2700个", "新增学位")


@pytest.mark.parametrize("cause", [RevisionCause.EDIT, RevisionCause.IMPORT, RevisionCause.UNDO])
def test_a_correction_moves_the_first_date_until_somebody_works_on_it(desk: Desk, cause: RevisionCause) -> None:
    part = desk.stored("places-2028")
    desk.revise("places-2028", part.model_copy(update={"due": due("2029-01-31")}), cause)
    assert desk.session.get_one(Milestone, desk.id_of("places-2028")).due_on == date(2029, 1, 31)
    desk.report("places-2028")
    desk.revise("places-2028", part.model_copy(update={"due": due("2029-02-28")}), cause)
    assert desk.session.get_one(Milestone, desk.id_of("places-2028")).due_on == date(2029, 1, 31)
    row = desk.session.scalars(sa.select(DueDate)).one()
    assert (row.due_on, row.cause, row.version) == (date(2029, 2, 28), DueCause.ORIGINAL, 2)
    assert desk.standing("places-2028").effective_due_on == date(2029, 2, 28)


def test_a_due_date_that_needs_a_fact_needs_a_person(desk: Desk) -> None:
    desk.report("places-2028")
    part = desk.stored("places-2028").model_copy(update={"due": due("2029-02-28")})
    machine = replace(desk, actor=SYSTEM)
    with pytest.raises(ForbiddenError):
        machine.revise("places-2028", part, RevisionCause.LOAD)


def test_a_removed_milestone_is_deleted_until_somebody_works_on_it(desk: Desk) -> None:
    desk.report("rotation-2026")
    gone = desk.id_of("rotation-2027")
    for key in ("rotation-2026", "rotation-2027"):
        assert desk.revise(key, None).count(removed=True) == 1
    desk.session.expire_all()
    assert desk.session.get(Milestone, gone) is None
    assert desk.standing("rotation-2026").standing is Standing.WITHDRAWN


def test_a_date_that_governs_another_is_not_removed_before_it(desk: Desk) -> None:
    desk.revise("new-task", task())
    desk.correct("places-2028", governed_by=("new-task",))
    with pytest.raises(ConflictError, match="governs"):
        desk.revise("new-task", None)
    key, governed = (ChangeSubject.MILESTONE, "new-task"), (ChangeSubject.MILESTONE, "places-2028")
    given = RevisionInput(RevisionCause.EDIT, "更正", reason="原录入有误")
    finding = revise(desk.session, desk.actor, desk.context, {key: None, governed: None}, given, now=NOW)
    assert finding.count(removed=True) == 2


def test_a_goal_is_urged_by_its_own_date_again_once_a_decision_withdraws_the_one_that_governs(desk: Desk) -> None:
    desk.amend("places-2028", governed_by=("north-school-done",))
    assert desk.session.get(Obligation, desk.id_of("places-2028")) is None
    given = DecisionInput(DecisionKind.WITHDRAW, "并入另一项")
    governor = desk.id_of("north-school-done")
    milestones.decide(desk.session, desk.actor, governor, given, now=NOW)
    assert desk.session.get(Obligation, desk.id_of("places-2028")) is not None
