"""A plan amended by a document: prepared in peace, put in force at once, the old dates, targets and units on record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import write_session
from app.domain.access import Scope
from app.domain.vocabulary import DecisionKind, DueCause, RevisionCause, Standing
from app.models import (
    AmendmentDraft,
    DraftChange,
    DueDate,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    MilestoneUnit,
    Obligation,
    Organization,
    PlanRevision,
    ReportValue,
    Target,
)
from app.queries.milestones import LedgerFilter, list_milestones
from app.services import amendments, milestones
from app.services.amendments import AmendmentInput, UnfitError
from app.services.errors import ConflictError, InputError, NotFoundError
from tests.support.desk import DOCUMENT, NOW, Desk, desk_of, document, due, task
from tests.support.facts import add_decision, noon


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with desk_of(engine) as found:
        yield found


def test_an_amended_date_leaves_the_original_on_record_and_names_its_document(desk: Desk) -> None:
    finding = desk.amend("places-2028", due=due("2029-06-30", "2029年6月底前"))
    row = desk.session.scalars(sa.select(DueDate)).one()
    assert (row.version, row.due_on, row.cause, row.due_phrase) == (
        2,
        date(2029, 6, 30),
        DueCause.AMENDMENT,
        "2029年6月底前",
    )
    assert (row.document_number, row.reason) == (DOCUMENT.document_number, DOCUMENT.reason)
    assert desk.session.get_one(Milestone, desk.id_of("places-2028")).due_on == date(2028, 12, 31)
    assert desk.standing("places-2028").effective_due_on == date(2029, 6, 30)
    revision = desk.session.get_one(PlanRevision, finding.revision_id)
    assert (revision.number, revision.cause, revision.title) == (2, RevisionCause.AMENDMENT, DOCUMENT.title)
    assert (revision.document_number, revision.document_on) == (DOCUMENT.document_number, DOCUMENT.document_on)
    assert desk.session.scalars(sa.select(AmendmentDraft)).all() == []
    assert desk.session.scalars(sa.select(DraftChange)).all() == []


def test_rungs_that_fired_for_the_first_date_fire_again_for_the_amended_one(desk: Desk) -> None:
    assert desk.scan(NOW) == 2  # the duties of September 2025 and 2026 are overdue
    assert desk.alerts("rotation-2026") == [(1, date(2026, 9, 30))]
    assert desk.scan(NOW) == 0
    desk.amend("rotation-2026", due=due("2026-12-15"))
    assert desk.standing("rotation-2026").standing is Standing.DUE_SOON
    coming = desk.session.get_one(Obligation, desk.id_of("rotation-2026"))
    assert (coming.due_version, coming.fire_on) == (2, date(2026, 12, 16))
    desk.scan(noon("2026-12-15"))
    assert len(desk.alerts("rotation-2026")) == 1
    desk.scan(noon("2026-12-16"))
    assert desk.alerts("rotation-2026") == [(1, date(2026, 9, 30)), (2, date(2026, 12, 15))]


def test_one_occurrence_of_a_duty_is_amended_alone(desk: Desk) -> None:
    desk.amend("rotation-2027", due=due("2027-10-31"), title="教师交流（2027年，延至10月）")
    assert desk.stored("rotation-2027").series == "rotation"
    assert desk.standing("rotation-2026").effective_due_on == date(2026, 9, 30)
    assert desk.standing("rotation-2027").due_version == 2


def test_a_measured_target_is_retired_and_one_nobody_measured_goes(desk: Desk) -> None:
    target_id = desk.session.scalars(_targets(desk, "rotation-2026")).one()
    desk.report("rotation-2026", values={"G11": "12"})
    (old,) = desk.stored("rotation-2026").targets
    finding = desk.amend("rotation-2026", targets=(old.model_copy(update={"value": Decimal(15)}),))
    retired = desk.session.get_one(Target, target_id, populate_existing=True)
    assert (retired.retired_by_id, retired.value) == (finding.revision_id, Decimal(10))
    assert [item.value for item in desk.stored("rotation-2026").targets] == [15]
    assert desk.session.scalars(sa.select(col(ReportValue.value))).all() == [Decimal(12)]
    desk.amend("rotation-2027", document(9), targets=())
    assert desk.session.scalars(_targets(desk, "rotation-2027")).all() == []


def test_regression_is_judged_by_the_target_in_force(desk: Desk) -> None:
    key, milestone_id = "rotation-2026", desk.id_of("rotation-2026")
    add_decision(
        desk.session,
        desk.office,
        milestone_id,
        DecisionKind.CLOSE_OUT,
        noon("2026-10-10"),
        reached_on=date(2026, 9, 30),
    )
    desk.report(key, noon("2026-11-01"), values={"G11": "9"}, accepted=True)
    (old,) = desk.stored(key).targets
    desk.amend(key, targets=(old.model_copy(update={"value": Decimal(8)}),))
    assert desk.standing(key).standing is Standing.CLOSED
    desk.report(key, noon("2026-11-22"), values={"G11": "7.5"}, accepted=True)
    desk.amend(key, document(9), note="再核")
    assert desk.standing(key).standing is Standing.REGRESSED


def test_amended_units_see_the_milestone_and_the_old_ones_do_not(desk: Desk) -> None:
    desk.amend("north-school-done", responsible=("乙县政府",), supporting=("州教育局",))
    seen = {}
    for name in ("甲县人民政府", "乙县人民政府", "试验州教育局"):
        unit_id = desk.session.execute(
            sa.select(col(Organization.id)).where(col(Organization.name) == name)
        ).scalar_one()
        page = list_milestones(desk.session, Scope(desk.plan_id, unit_id), LedgerFilter())
        seen[name] = desk.id_of("north-school-done") in {row.id for row in page.rows}
    assert seen == {"甲县人民政府": False, "乙县人民政府": True, "试验州教育局": True}
    rows = sa.select(col(MilestoneUnit.leads)).where(col(MilestoneUnit.milestone_id) == desk.id_of("north-school-done"))
    assert sorted(desk.session.scalars(rows)) == [False, True]


def test_what_a_document_withdraws_stays_on_record_and_a_later_one_puts_it_back(desk: Desk) -> None:
    desk.scan(NOW)
    draft = desk.draft()
    desk.withdraw(draft, "rotation-2026")
    desk.enact(draft)
    assert desk.standing("rotation-2026").standing is Standing.WITHDRAWN
    assert desk.session.get(Obligation, desk.id_of("rotation-2026")) is None
    decision = desk.session.scalars(sa.select(MilestoneDecision)).one()
    assert (decision.kind, decision.note) == (DecisionKind.WITHDRAW, "试政办〔2026〕8号，学校建设推迟")
    desk.amend("rotation-2026", document(9), due=due("2026-12-20"))
    standing = desk.standing("rotation-2026")
    assert (standing.standing, standing.effective_due_on) == (Standing.DUE_SOON, date(2026, 12, 20))
    assert desk.session.get(Obligation, desk.id_of("rotation-2026")) is not None
    kinds = desk.session.scalars(sa.select(col(MilestoneDecision.kind)).order_by(col(MilestoneDecision.id))).all()
    assert kinds == [DecisionKind.WITHDRAW, DecisionKind.REOPEN]


def test_a_decision_alone_does_not_bring_back_what_a_document_withdrew(desk: Desk) -> None:
    draft = desk.draft()
    desk.withdraw(draft, "rotation-2026")
    desk.enact(draft)
    reopening = milestones.DecisionInput(DecisionKind.REOPEN, "恢复")
    with pytest.raises(ConflictError, match="bring it back by an amendment"):
        milestones.decide(desk.session, desk.actor, desk.id_of("rotation-2026"), reopening, now=NOW)


def test_a_document_adds_milestones_and_duties_and_one_may_govern_another(desk: Desk) -> None:
    draft = desk.draft()
    desk.put_part(draft, task())
    desk.put_part(draft, task(key="second", governed_by=["new-task"]))
    repeat = {"phrase": "每年12月", "years": [2026, 2027], "due": "12-31", "precision": "recurring"}
    desk.put_part(draft, task(key="yearly", due=None, repeat=repeat))
    finding = desk.enact(draft)
    assert finding.count(added=True) == 4
    assert desk.stored("yearly-2027").series == "yearly"
    assert desk.session.get(Obligation, desk.id_of("second")) is None  # the other date governs
    assert desk.session.get_one(Milestone, desk.id_of("new-task")).due_on == date(2027, 12, 31)
    assert desk.session.scalars(sa.select(DueDate)).all() == []


def test_a_key_in_use_is_refused_even_where_the_draft_itself_uses_it(desk: Desk) -> None:
    draft = desk.draft()
    desk.put_part(draft, task())
    repeat = {"phrase": "每年9月", "years": [2027, 2028], "due": "09-30", "precision": "recurring"}
    for part in (task(), task(key="places-2028"), task(key="rotation", due=None, repeat=repeat)):
        with pytest.raises(InputError) as error:
            desk.put_part(draft, part)
        assert set(error.value.problems) == {"key"}


def test_changes_that_only_together_make_a_circle_are_refused(desk: Desk) -> None:
    draft = desk.draft()
    desk.put(draft, "places-2028", governed_by=("north-school-done",))
    with pytest.raises(InputError) as error:
        desk.put(draft, "north-school-done", governed_by=("places-2028",))
    assert set(error.value.problems) == {"governed_by"}


def test_the_date_that_governs_another_goes_only_when_that_one_is_freed(desk: Desk) -> None:
    desk.amend("places-2028", governed_by=("north-school-done",))
    draft = desk.draft(document(9))
    desk.withdraw(draft, "north-school-done")
    with pytest.raises(ConflictError, match="governs"):
        desk.enact(draft)
    desk.session.expire_all()
    with pytest.raises(ConflictError, match="governs"):
        desk.revise("north-school-done", None)
    desk.put(draft, "places-2028", governed_by=())
    desk.enact(draft)
    assert desk.standing("north-school-done").standing is Standing.WITHDRAWN
    assert desk.session.get(Obligation, desk.id_of("places-2028")) is not None


def test_two_documents_change_the_same_milestone_one_after_the_other(desk: Desk) -> None:
    first, second = desk.draft(), desk.draft(document(9))
    desk.put(first, "places-2028", due=due("2029-06-30"))
    desk.put(second, "places-2028", due=due("2029-12-31"))
    shown = desk.mark(second)
    desk.enact(first)
    with pytest.raises(ConflictError, match="since you looked"):
        amendments.enact_amendment(desk.session, desk.actor, second.id or 0, seen=shown, now=NOW)
    (change,) = amendments.preview(desk.session, desk.context, second)
    assert change.before == desk.stored("places-2028")
    desk.enact(second)
    versions = desk.session.scalars(sa.select(col(DueDate.due_on)).order_by(col(DueDate.version))).all()
    assert versions == [date(2029, 6, 30), date(2029, 12, 31)]


def test_a_draft_shows_what_was_corrected_and_withdrawn_meanwhile(desk: Desk) -> None:
    draft = desk.draft()
    desk.put(draft, "places-2028", note="按通知调整")
    desk.put(draft, "rotation-2027", note="按通知调整")
    desk.correct("places-2028", title="新增学位")
    desk.revise("rotation-2027", None)
    before = {item.key: item.before for item in amendments.preview(desk.session, desk.context, draft)}
    assert before == {"places-2028": desk.stored("places-2028"), "rotation-2027": None}


def test_what_does_not_fit_any_more_is_named_and_nothing_is_put_in_force(desk: Desk) -> None:
    desk.put_part(made := desk.draft(), task())
    desk.enact(made)
    draft = desk.draft(document(9))
    desk.put(draft, "places-2028", governed_by=("new-task",))
    desk.revise("new-task", None)
    with pytest.raises(UnfitError) as error:
        desk.enact(draft)
    assert set(error.value.problems) == {"places-2028-governed_by"}
    assert desk.stored("places-2028").governed_by == ()
    assert desk.session.get(AmendmentDraft, draft.id) is not None


def test_a_change_that_changes_nothing_is_refused_and_so_is_an_empty_amendment(desk: Desk) -> None:
    draft = desk.draft()
    with pytest.raises(ConflictError):
        desk.put(draft, "places-2028")
    desk.put(draft, "places-2028", note="按通知调整")
    amendments.drop_change(desk.session, desk.actor, draft.id or 0, "places-2028", now=NOW)
    with pytest.raises(ConflictError, match="changes nothing"):
        desk.enact(draft)


def test_what_is_not_in_the_plan_is_not_withdrawn(desk: Desk) -> None:
    draft = desk.draft()
    desk.put_part(draft, task())
    for key in ("nothing", "new-task"):
        with pytest.raises(NotFoundError):
            desk.withdraw(draft, key)


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"title": "", "document_number": "", "document_on": None}, {"title", "document_number", "document_on"}),
        ({"document_on": date(2026, 11, 23)}, {"document_on"}),
        ({"document_on": date(2025, 2, 28)}, {"document_on"}),
    ],
)
def test_a_document_is_named_and_dated_between_the_plan_and_today(
    desk: Desk, wrong: dict[str, object], fields: set[str]
) -> None:
    with pytest.raises(InputError) as error:
        desk.draft(replace(DOCUMENT, **wrong))  # type: ignore[arg-type]  # fields by name
    assert set(error.value.problems) == fields


def test_a_document_is_prepared_and_put_in_force_once(desk: Desk) -> None:
    draft = desk.draft()
    with pytest.raises(InputError, match="document_number"):
        desk.draft()
    same = amendments.describe_amendment(desk.session, desk.actor, draft.id or 0, DOCUMENT, now=NOW)
    assert same.title == DOCUMENT.title
    desk.put(draft, "places-2028", note="按通知调整")
    desk.enact(draft)
    with pytest.raises(InputError, match="document_number"):
        desk.draft()
    with pytest.raises(NotFoundError):
        amendments.enact_amendment(desk.session, desk.actor, draft.id or 0, seen="", now=NOW)


def test_only_the_office_of_the_plan_prepares_and_enacts(desk: Desk) -> None:
    draft = desk.draft()
    for scope in (Scope(desk.plan_id + 1), Scope()):
        stranger = replace(desk.actor, scope=scope)
        with pytest.raises(NotFoundError):
            amendments.draft_in_keeping(desk.session, stranger, draft.id or 0)
        with pytest.raises(NotFoundError):
            amendments.start_amendment(desk.session, stranger, desk.plan_id, document(9), now=NOW)
        with pytest.raises(NotFoundError):
            amendments.discard_amendment(desk.session, stranger, draft.id or 0, now=NOW)
    assert amendments.discard_amendment(desk.session, desk.actor, draft.id or 0, now=NOW) == desk.plan_id
    with pytest.raises(NotFoundError):
        amendments.draft_in_keeping(desk.session, desk.actor, draft.id or 0)


def test_of_two_who_put_the_same_draft_in_force_at_once_one_succeeds(engine: Engine) -> None:
    with desk_of(engine) as desk:
        draft = desk.draft()
        desk.put(draft, "places-2028", note="按通知调整")
        draft_id, seen, actor = draft.id or 0, desk.mark(draft), desk.actor
    found: list[str] = []

    def enact() -> None:
        try:
            with write_session(engine) as session:
                amendments.draft_in_keeping(session, actor, draft_id)
                amendments.enact_amendment(session, actor, draft_id, seen=seen, now=NOW)
            found.append("in force")
        except NotFoundError:
            found.append("gone")

    threads = [Thread(target=enact) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["gone", "in force"]


def test_the_other_reading_is_a_version_that_goes_back_and_forth(desk: Desk) -> None:
    desk.amend("places-2028", due=due("2029-01-01", "2029年1月1日前", alternative_on=date(2028, 12, 31)))
    milestone_id = desk.id_of("places-2028")
    for on in (date(2028, 12, 31), date(2029, 1, 1)):
        row = milestones.apply_other_reading(desk.session, desk.actor, milestone_id, reason="会议纪要", now=NOW)
        assert (row.due_on, row.cause) == (on, DueCause.READING)
    with pytest.raises(InputError):
        milestones.apply_other_reading(desk.session, desk.actor, milestone_id, reason="", now=NOW)
    numbers = desk.session.scalars(sa.select(col(PlanRevision.cause)).order_by(col(PlanRevision.number))).all()
    assert numbers == ["load", "amendment", "reading", "reading"]
    assert desk.session.get_one(MilestoneStanding, milestone_id, populate_existing=True).due_version == 4


def test_an_extension_that_was_granted_gives_way_to_the_documents_date(desk: Desk) -> None:
    desk.session.add(
        DueDate(
            milestone_id=desk.id_of("places-2028"),
            version=2,
            due_on=date(2029, 3, 31),
            cause=DueCause.EXTENSION,
            reason="批准延期",
            author_id=desk.actor.account_id or 0,
            recorded_at=noon("2026-11-01"),
        )
    )
    desk.session.flush()
    desk.amend("places-2028", due=due("2029-06-30"))
    standing = desk.standing("places-2028")
    assert (standing.due_version, standing.effective_due_on) == (3, date(2029, 6, 30))


def test_a_title_too_long_for_a_revision_never_arrives(desk: Desk) -> None:
    draft = desk.draft(AmendmentInput("字" * 200, "号" * 60, DOCUMENT.document_on, "由" * 500))
    desk.put(draft, "places-2028", note="按通知调整")
    assert desk.enact(draft).number == 2


def _targets(desk: Desk, key: str) -> sa.Select[int | None]:
    return sa.select(col(Target.id)).where(col(Target.milestone_id) == desk.id_of(key))
