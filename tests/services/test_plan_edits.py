"""Keeping a plan by hand: corrections with their reason, refused whole when something does not fit or was overtaken."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col

from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import (
    ChangeSubject,
    Comparator,
    DecisionKind,
    DueCause,
    Precision,
    RevisionCause,
    Role,
    Standing,
)
from app.models import (
    DueDate,
    Indicator,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    MilestoneUnit,
    Obligation,
    PlanRevision,
    Target,
)
from app.services.errors import ConflictError, InputError, NotFoundError
from app.services.milestone_keys import free_key
from app.services.milestone_warnings import milestone_warnings
from app.services.plan_context import PlanContext
from app.services.plan_edits import (
    OvertakenError,
    fingerprint_of,
    milestone_in_keeping,
    part_problems,
    plan_in_keeping,
    save_part,
)
from app.services.plan_files import (
    DuePart,
    GroupPart,
    LadderRungPart,
    MilestonePart,
    OverridePart,
    Part,
    ProjectPart,
    StagePart,
)
from app.services.plan_parts import stored_parts
from app.services.revisions import RevisionFinding
from tests.support.desk import lay_desk
from tests.support.facts import Office, add_report, noon
from tests.support.laid import laid

NOW = noon("2026-11-22")
MILESTONE = ChangeSubject.MILESTONE


@dataclass(frozen=True)
class Desk:
    """The office of the invented plan at its desk."""

    session: Session
    actor: Actor
    context: PlanContext

    def stored(self, key: str, subject: ChangeSubject = MILESTONE) -> Any:
        return stored_parts(self.session, self.context, [(subject, key)])[subject, key]

    def id_of(self, key: str) -> int:
        query = sa.select(col(Milestone.id)).where(col(Milestone.key) == key)
        found: int = self.session.execute(query).scalar_one()
        return found

    def correct(self, key: str, subject: ChangeSubject = MILESTONE, **changes: Any) -> RevisionFinding:
        part = self.stored(key, subject)
        return self.save(key, part.model_copy(update=changes), subject, seen=part)

    def save(
        self,
        key: str,
        part: Part | None,
        subject: ChangeSubject = MILESTONE,
        *,
        seen: Part | None = None,
        reason: str = "原录入有误",
    ) -> RevisionFinding:
        mark = None if seen is None else fingerprint_of(seen)
        return save_part(
            self.session, self.actor, self.context, subject, key, part, reason=reason, fingerprint=mark, now=NOW
        )

    def report(self, milestone_id: int, **values: str) -> None:
        """Record a report, with values by indicator code on the milestone's targets for all school stages."""
        query = (
            sa.select(col(Indicator.code), col(Target.id))
            .join(Target)
            .where(col(Target.milestone_id) == milestone_id, col(Target.stage).is_(None))
        )
        targets = {code: target_id for code, target_id in self.session.execute(query)}
        office = Office(self.context.plan_id, 0, 0, 0, self.actor.account_id or 0)
        measured = {targets[code]: value for code, value in values.items()}
        add_report(self.session, office, milestone_id, noon("2026-11-20"), values=measured)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    plan_id, account_id = laid(engine, lay_desk)
    with write_session(engine) as session:
        actor = Actor(account_id, "张敏", Role.OFFICE, Scope(plan_id))
        yield Desk(session, actor, plan_in_keeping(session, actor, plan_id))


def new_task(**changes: Any) -> MilestonePart:
    values = {
        "key": "new-task",
        "kind": "task",
        "title": "编制建设计划",
        "clause": "三(三)",
        "place": "试验州",
        "due": {"phrase": "2026年底前", "on": "2026-12-31", "precision": "year"},
        "responsible": ["州教育局"],
    }
    return MilestonePart.model_validate(values | changes)


def row_counts(session: Session) -> dict[str, int]:
    session.flush()
    tables = SQLModel.metadata.sorted_tables
    return {table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables}


def refused(desk: Desk, key: str, part: Part, subject: ChangeSubject = MILESTONE, **how: Any) -> dict[str, str]:
    before = row_counts(desk.session)
    with pytest.raises(InputError) as error:
        desk.save(key, part, subject, **how)
    assert row_counts(desk.session) == before
    return dict(error.value.problems)


def test_only_the_office_of_a_plan_keeps_it(desk: Desk) -> None:
    plan_id = desk.context.plan_id
    for scope in (Scope(plan_id + 1), Scope()):
        stranger = replace(desk.actor, scope=scope)
        with pytest.raises(NotFoundError):
            plan_in_keeping(desk.session, stranger, plan_id)
        with pytest.raises(NotFoundError):
            milestone_in_keeping(desk.session, stranger, desk.id_of("places-2028"))
    with pytest.raises(NotFoundError):
        plan_in_keeping(desk.session, replace(desk.actor, scope=Scope(999)), 999)


def test_a_correction_moves_the_date_and_what_follows_from_it(desk: Desk) -> None:
    milestone_id = desk.id_of("places-2028")
    due = DuePart(phrase="2026年9月底前", on=date(2026, 9, 30), precision=Precision.MONTH)
    finding = desk.correct("places-2028", due=due, responsible=("甲县政府",))
    assert finding.milestone_ids == (milestone_id,)
    standing = desk.session.get_one(MilestoneStanding, milestone_id)
    assert (standing.standing, standing.effective_due_on) == (Standing.OVERDUE, date(2026, 9, 30))
    query = sa.select(col(Obligation.milestone_id)).where(col(Obligation.milestone_id) == milestone_id)
    assert desk.session.scalars(query).all() == [milestone_id]
    units = sa.select(col(MilestoneUnit.named_as)).where(col(MilestoneUnit.milestone_id) == milestone_id)
    assert desk.session.scalars(units).all() == ["甲县政府"]
    assert desk.session.scalars(sa.select(DueDate)).all() == []
    revision = desk.session.get_one(PlanRevision, finding.revision_id)
    assert (revision.cause, revision.reason, revision.author_id) == (
        RevisionCause.EDIT,
        "原录入有误",
        desk.actor.account_id,
    )
    assert revision.title == "三(一) 新增学位2700个"


def test_a_correction_of_what_somebody_reported_on_keeps_the_first_date_on_file(desk: Desk) -> None:
    milestone_id = desk.id_of("places-2028")
    desk.report(milestone_id)
    due = DuePart(phrase="2029年", on=date(2029, 12, 31), precision=Precision.YEAR)
    desk.correct("places-2028", due=due)
    later = desk.session.scalars(sa.select(DueDate)).one()
    assert (later.due_on, later.cause, later.reason) == (date(2029, 12, 31), DueCause.ORIGINAL, "原录入有误")
    assert desk.session.get_one(Milestone, milestone_id).due_on == date(2028, 12, 31)


def test_saving_without_a_change_records_nothing(desk: Desk) -> None:
    before = row_counts(desk.session)
    assert desk.correct("places-2028").revision_id is None
    assert row_counts(desk.session) == before


def test_a_correction_needs_a_reason_and_a_new_part_does_not(desk: Desk) -> None:
    stored = desk.stored("places-2028")
    changed = stored.model_copy(update={"title": "新增学位"})
    assert set(refused(desk, "places-2028", changed, seen=stored, reason="")) == {"reason"}
    assert set(refused(desk, "places-2028", changed, seen=stored, reason="字" * 501)) == {"reason"}
    assert set(refused(desk, "new-task", new_task(), reason="字" * 501)) == {"reason"}
    assert desk.save("new-task", new_task(), reason="").count(added=True) == 1


def test_whatever_does_not_fit_the_plan_is_named_by_field_and_nothing_is_written(desk: Desk) -> None:
    part = new_task(
        place="丙县",
        stage="second",
        project="south-school",
        responsible=["州教育局", "没有的局", "没有的组"],
        supporting=["州教育局", "州教育局"],
        needs=["south-school"],
        governed_by=["nothing"],
        start_on="2027-01-01",
        targets=[
            {"indicator": "SY-PLACES", "comparator": ">=", "value": 1},
            {"indicator": "ZZ", "comparator": ">=", "value": 1},
            {"indicator": "SY-PLACES", "comparator": ">=", "value": 2},
        ],
    )
    found = refused(desk, "new-task", part)
    assert found["responsible"] == "not defined in this plan: 没有的局、没有的组"
    assert found["targets-1-indicator"] == "not defined in this plan: ZZ"
    others = {"place", "stage", "project", "supporting", "needs", "governed_by", "start_on", "targets-2"}
    assert set(found) == others | {"responsible", "targets-1-indicator"}


def test_a_key_is_taken_once_even_by_an_occurrence_or_what_was_withdrawn(desk: Desk) -> None:
    duty = {"due": None, "repeat": {"phrase": "每年", "years": [2027, 2028], "due": "12-31", "precision": "recurring"}}
    assert set(refused(desk, "places-2028", new_task(key="places-2028"))) == {"key"}
    assert set(refused(desk, "rotation-2026", new_task(key="rotation-2026"))) == {"key"}
    assert set(refused(desk, "rotation", new_task(key="rotation", **duty))) == {"key"}
    assert set(refused(desk, "places", new_task(key="places", **duty))) == {"key"}


def test_a_form_that_is_sent_twice_makes_one_milestone(desk: Desk) -> None:
    desk.save("new-task", new_task())
    assert set(refused(desk, "new-task-2", new_task(key="new-task-2"))) == {"title"}
    later = {"phrase": "2027年底前", "on": "2027-12-31", "precision": "year"}
    assert desk.save("new-task-2", new_task(key="new-task-2", due=later)).count(added=True) == 1


def test_a_recurring_duty_becomes_one_milestone_a_year_and_each_is_edited_alone(desk: Desk) -> None:
    repeat = {"phrase": "每年9月", "years": [2026, 2027, 2028], "due": "09-30", "precision": "recurring"}
    finding = desk.save("training", new_task(key="training", due=None, repeat=repeat))
    assert [change.key for change in finding.changes] == ["training-2026", "training-2027", "training-2028"]
    due = desk.stored("training-2027").due.model_copy(update={"on": date(2027, 10, 31)})
    assert desk.correct("training-2027", due=due).milestone_ids == (desk.id_of("training-2027"),)
    assert desk.stored("training-2028").due.on == date(2028, 9, 30)


def test_goals_that_would_govern_one_another_are_refused(desk: Desk) -> None:
    desk.save("new-task", new_task(governed_by=["places-2028"]))
    stored = desk.stored("places-2028")
    circle = stored.model_copy(update={"governed_by": ("new-task",)})
    assert set(refused(desk, "places-2028", circle, seen=stored)) == {"governed_by"}


def test_a_milestone_nobody_recorded_on_is_deleted_and_any_other_one_withdrawn(desk: Desk) -> None:
    kept, gone = desk.id_of("places-2028"), desk.id_of("rotation-2026")
    desk.report(kept)
    for key in ("places-2028", "rotation-2026"):
        desk.save(key, None, seen=desk.stored(key))
    desk.session.expire_all()
    assert desk.session.get(Milestone, gone) is None
    assert desk.session.get_one(MilestoneStanding, kept).standing is Standing.WITHDRAWN
    assert desk.session.scalars(sa.select(col(MilestoneDecision.kind))).all() == [DecisionKind.WITHDRAW]
    with pytest.raises(ConflictError):
        milestone_in_keeping(desk.session, desk.actor, kept)
    assert set(refused(desk, "places-2028", new_task(key="places-2028"))) == {"key"}


def test_a_target_that_was_measured_is_retired_when_it_goes(desk: Desk) -> None:
    milestone_id = desk.id_of("rotation-2026")
    desk.report(milestone_id, G11="12")
    finding = desk.correct("rotation-2026", targets=())
    own = sa.select(col(Target.retired_by_id)).where(col(Target.milestone_id) == milestone_id)
    assert desk.session.scalars(own).all() == [finding.revision_id]


def test_who_was_overtaken_learns_by_whom_and_where(desk: Desk) -> None:
    seen = desk.stored("places-2028")
    desk.correct("places-2028", title="新增学位", clause="三(四)")
    mine = seen.model_copy(update={"note": "再核"})
    before = row_counts(desk.session)
    with pytest.raises(OvertakenError) as error:
        desk.save("places-2028", mine, seen=seen)
    assert row_counts(desk.session) == before
    assert set(error.value.fields) == {"title", "clause"}
    assert error.value.stored == desk.stored("places-2028")
    assert error.value.problems["fingerprint"] == "张敏 changed this meanwhile (2026-11-22 12:00)"


def test_a_form_that_shows_no_state_on_record_is_overtaken_by_nobody_known(desk: Desk) -> None:
    with pytest.raises(OvertakenError) as error:
        desk.save("places-2028", desk.stored("places-2028"), seen=new_task())
    assert error.value.fields == ()


def test_what_was_removed_meanwhile_is_not_there(desk: Desk) -> None:
    seen = desk.stored("rotation-2026")
    desk.save("rotation-2026", None, seen=seen)
    with pytest.raises(NotFoundError):
        desk.save("rotation-2026", seen, seen=seen)


def test_every_other_part_of_a_plan_is_checked_and_saved_the_same_way(desk: Desk) -> None:
    project = desk.stored("north-school", ChangeSubject.PROJECT)
    wrong: list[tuple[ChangeSubject, str, Part, set[str]]] = [
        (
            ChangeSubject.STAGE,
            "second",
            StagePart(key="second", name="二", clause="二", start_on=date(2027, 1, 1), end_on=date(2026, 1, 1)),
            {"end_on"},
        ),
        (ChangeSubject.GROUP, "州教育局", GroupPart(name="州教育局", members=("甲县政府",)), {"name"}),
        (ChangeSubject.GROUP, "各局", GroupPart(name="各局", members=("没有的局",)), {"members"}),
        (
            ChangeSubject.OVERRIDE,
            "ZZ",
            OverridePart(indicator="ZZ", clause="二", comparator=Comparator.AT_LEAST, value=Decimal(1)),
            {"indicator"},
        ),
        (
            ChangeSubject.PROJECT,
            "copy",
            ProjectPart.model_validate(project.model_dump() | {"key": "copy", "place": "丙县"}),
            {"place"},
        ),
        (
            ChangeSubject.RUNG,
            "second",
            LadderRungPart(key="second", offset_days=1, measure="circular"),
            {"offset_days"},
        ),
    ]
    for subject, key, part, fields in wrong:
        assert fields <= set(refused(desk, key, part, subject)), subject
    stage = desk.stored("first", ChangeSubject.STAGE)
    assert desk.correct("first", ChangeSubject.STAGE, name="起步阶段").revision_id
    assert set(refused(desk, "first", stage, ChangeSubject.STAGE)) == {"key"}
    with pytest.raises(OvertakenError):
        desk.save("first", stage, ChangeSubject.STAGE, seen=stage)
    head = desk.stored("shiyan-2025", ChangeSubject.PLAN)
    assert part_problems(desk.session, desk.context, ChangeSubject.PLAN, head.slug, head) == {}
    backwards = head.model_copy(update={"period_end": date(2020, 1, 1)})
    assert set(part_problems(desk.session, desk.context, ChangeSubject.PLAN, head.slug, backwards)) == {"period_end"}


def test_a_milestone_is_warned_about_as_in_a_whole_file(desk: Desk) -> None:
    def warned(part: MilestonePart) -> list[str]:
        return [message.msgid[:24] for message in milestone_warnings(desk.session, desk.context, part)]

    def due(on: str, **more: Any) -> dict[str, Any]:
        return {"due": DuePart.model_validate({"phrase": "2026年前", "on": on, "precision": "year"} | more)}

    stored = desk.stored("places-2028")
    assert warned(stored) == []
    assert warned(stored.model_copy(update=due("2026-12-31"))) == ["due on %(due)s, but it n"]
    assert warned(stored.model_copy(update={"targets": stored.targets[:2]})) == []
    wrong_sum = (stored.targets[0].model_copy(update={"value": 1}), *stored.targets[1:])
    assert warned(stored.model_copy(update={"targets": wrong_sum})) == ["%(indicator)s: %(shares)"]
    assert warned(new_task(**due("2024-12-31"))) == ["due on %(due)s, before t"]
    assert warned(new_task(**due("2025-12-31", alternative_on="2026-12-31"))) == ["“%(phrase)s” has two rea"]
    assert warned(new_task(supporting=["州教育局"])) == ["%(unit)s is responsible "]
    assert warned(new_task(governed_by=["places-2028"])) == ["the same goal is stated "]
    late = new_task(**due("2029-12-31"), targets=[{"indicator": "Q1", "comparator": ">=", "value": 96}])
    assert warned(late) == ["%(code)s is due on %(due"]


def test_a_new_key_comes_from_the_titles_initials_and_is_free(desk: Desk) -> None:
    plan_id = desk.context.plan_id
    assert free_key(desk.session, plan_id, "编制建设计划") == "bzjsjh"
    assert free_key(desk.session, plan_id, "！") == "m"
    desk.save("bzjsjh", new_task(key="bzjsjh"))
    assert free_key(desk.session, plan_id, "编制建设计划") == "bzjsjh-2"
    repeat = {"phrase": "每年", "years": [2027], "due": "12-31", "precision": "recurring"}
    desk.save("bzjsjh-2", new_task(key="bzjsjh-2", due=None, repeat=repeat))
    assert free_key(desk.session, plan_id, "编制建设计划") == "bzjsjh-3"
    assert free_key(desk.session, plan_id, "编制建设计划", taken=["bzjsjh-3-2026", "bzjsjh-4"]) == "bzjsjh-5"
