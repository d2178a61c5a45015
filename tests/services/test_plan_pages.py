"""Plans, frames and standards kept by hand, on both engines: what is written, what follows, what stays."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.core.files import project_dir
from app.domain.access import Actor, Scope
from app.domain.vocabulary import ChangeSubject, Comparator, PlaceKind, RevisionCause, Role, RungTrigger
from app.models import (
    Account,
    Indicator,
    LadderRung,
    Milestone,
    MilestoneUnit,
    Place,
    Plan,
    PlanRevision,
    Standard,
    Target,
)
from app.services import installation, places, plan_heads, plans, standard_edits, standards
from app.services.entries import fingerprint
from app.services.errors import ConflictError, InputError
from app.services.place_values import PlaceInput
from app.services.plan_context import PlanContext
from app.services.plan_edits import fingerprint_of, plan_in_keeping
from app.services.plan_exports import plan_file
from app.services.plan_files import GroupPart, HeadPart, IndicatorPart, OverridePart, StagePart, ThresholdPart
from app.services.plan_frame import FramePart, free_stage_key, save_frame_part, split_names
from app.services.plan_ladders import DEFAULT_LADDER
from app.services.plan_parts import stored_parts
from app.services.revisions import RevisionFinding, RevisionInput
from tests.support.facts import SYSTEM, noon
from tests.support.plan_files import plan_of

NOW = noon("2026-11-22")
NATIONAL = project_dir("seeds") / "standards" / "national.yaml"


def loaded(session: Session) -> tuple[Actor, PlanContext]:
    """Load the invented plan and return its office with the plan."""
    standards.load_standard(session, NATIONAL)
    given = RevisionInput(RevisionCause.LOAD, "虚构方案")
    plan_id = plans.write_file(session, SYSTEM, plan_of(), "0" * 64, given=given, now=NOW).plan_id
    account = Account(
        name="office", display_name="张敏", role=Role.OFFICE, plan_id=plan_id, password_hash="none", created_at=NOW
    )
    session.add(account)
    session.flush()
    actor = Actor(account.id, "张敏", Role.OFFICE, Scope(plan_id))
    return actor, plan_in_keeping(session, actor, plan_id)


def save(
    session: Session, who: tuple[Actor, PlanContext], subject: ChangeSubject, key: str, part: FramePart | None
) -> RevisionFinding:
    """Save a part as the office would that has just opened its form."""
    actor, context = who
    stored = stored_parts(session, context, [(subject, key)]).get((subject, key))
    mark = fingerprint_of(stored) if stored else None
    return save_frame_part(session, actor, context, subject, key, part, reason="更正", fingerprint=mark, now=NOW)


def head_of(session: Session, context: PlanContext) -> HeadPart:
    head = stored_parts(session, context, [(ChangeSubject.PLAN, context.plan.slug)])
    (part,) = head.values()
    assert isinstance(part, HeadPart)
    return part


def copied(session: Session, code: str) -> set[str]:
    query = (
        sa.select(col(Target.value))
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Indicator.code) == code, col(Target.copied), col(Target.retired_by_id).is_(None))
    )
    return {format(value, "f") for value in session.scalars(query)}


def test_a_plan_made_by_hand_is_a_revision_with_a_ladder_and_exports_as_a_file(engine: Engine) -> None:
    with write_session(engine) as session:
        _, context = loaded(session)
        area = session.get_one(Place, context.places["甲县"])
        head = head_of(session, context).model_copy(update={"slug": "jia-2026", "area": "甲县", "title": "甲县方案"})
        plan_id = plan_heads.create_plan(session, SYSTEM, head, area, now=NOW)
        rungs = session.scalars(sa.select(LadderRung).where(col(LadderRung.plan_id) == plan_id)).all()
        due = [rung.offset_days for rung in rungs if rung.trigger is RungTrigger.DUE]
        assert sorted(due) == [-30, 1, 15, 30, 60, 90]
        assert {rung.clause for rung in rungs} == {None}
        plan = session.get_one(Plan, plan_id)
        assert plan.ladder_version == 1
        file = plan_file(session, plan)
        in_file_order = tuple(sorted(DEFAULT_LADDER, key=lambda rung: (rung.trigger, rung.offset_days)))
        assert (file.title, file.area, file.ladder, file.milestones) == ("甲县方案", "甲县", in_file_order, ())
        with pytest.raises(InputError) as taken:
            plan_heads.create_plan(session, SYSTEM, head, area, now=NOW)
        assert set(taken.value.problems) == {"slug"}


def test_a_plan_made_by_hand_is_not_overwritten_by_a_file_at_start(engine: Engine) -> None:
    with write_session(engine) as session:
        _, context = loaded(session)
        area = session.get_one(Place, context.places["试验州"])
        head = head_of(session, context).model_copy(update={"slug": "jiyuan-2022", "title": "手工方案"})
        plan_heads.create_plan(session, SYSTEM, head, area, now=NOW)
        finding = installation.install(session, project_dir("seeds"), SYSTEM, NOW)
        assert "jiyuan-2022" in finding.plans_kept
        assert session.scalar(sa.select(col(Plan.title)).where(col(Plan.slug) == "jiyuan-2022")) == "手工方案"


def test_a_wider_area_is_taken_and_a_narrower_one_only_around_the_milestones(engine: Engine) -> None:
    with write_session(engine) as session:
        actor, context = loaded(session)
        head = head_of(session, context)
        mark = fingerprint_of(head)
        narrow = session.get_one(Place, context.places["乙县"])
        changed = head.model_copy(update={"area": narrow.name})
        with pytest.raises(InputError) as refused:
            plan_heads.save_head(session, actor, context, changed, narrow, reason="改", fingerprint=mark, now=NOW)
        assert set(refused.value.problems) == {"area"}
        province = PlaceInput("试验省", PlaceKind.PREFECTURE, None, None, None, None, None)
        wide = session.get_one(Place, places.create_place(session, SYSTEM, province, now=NOW))
        place = session.get_one(Place, context.plan.place_id)
        moved = replace(places.place_values(place), parent_id=wide.id)
        mark_of_place = fingerprint(places.place_values(place))
        assert place.id is not None
        places.update_place(session, SYSTEM, place.id, moved, fingerprint=mark_of_place, now=NOW)
        context = plan_in_keeping(session, actor, context.plan_id)
        changed = head.model_copy(update={"area": "试验省"})
        finding = plan_heads.save_head(session, actor, context, changed, wide, reason="上收", fingerprint=mark, now=NOW)
        assert len(finding.changes) == 1
        assert len(finding.milestone_ids) == 6  # all were judged again
        again = plan_in_keeping(session, actor, context.plan_id)
        assert head_of(session, again).area == "试验省"


def test_a_stage_is_added_corrected_and_removed_as_revisions(engine: Engine) -> None:
    with write_session(engine) as session:
        who = loaded(session)
        key = free_stage_key(who[1], "第一阶段")
        part = StagePart(key=key, name="收尾", clause="二", start_on=date(2028, 1, 1), end_on=date(2030, 12, 31))
        assert save(session, who, ChangeSubject.STAGE, key, part).number == 2
        assert save(session, who, ChangeSubject.STAGE, key, part).number is None
        late = part.model_copy(update={"end_on": date(2031, 1, 1)})
        with pytest.raises(InputError) as outside:
            save(session, who, ChangeSubject.STAGE, key, late)
        assert set(outside.value.problems) == {"end_on"}
        assert save(session, who, ChangeSubject.STAGE, key, None).number == 3
        with pytest.raises(ConflictError):
            save(session, who, ChangeSubject.STAGE, "first", None)


def test_members_of_a_group_are_bound_in_its_milestones_and_read_as_people_write_them(engine: Engine) -> None:
    with write_session(engine) as session:
        who = loaded(session)
        members = split_names(who[1], "乙县政府、 甲县人民政府；州教育局\n")
        assert members == ("乙县政府", "甲县人民政府", "州教育局")
        finding = save(
            session, who, ChangeSubject.GROUP, "各县人民政府", GroupPart(name="各县人民政府", members=members)
        )
        assert len(finding.milestone_ids) == 4
        rows = session.execute(
            sa.select(col(Milestone.key), sa.func.count())
            .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(Milestone.id))
            .where(col(MilestoneUnit.named_as) == "各县人民政府")
            .group_by(col(Milestone.key))
        )
        # In places-2028 the bureau is named by itself too, and stands there once.
        assert {key: number for key, number in rows}["rotation-2026"] == 3
        with pytest.raises(ConflictError):
            save(session, who, ChangeSubject.GROUP, "各县人民政府", None)
        twice = GroupPart(name="两次", members=("甲县政府", "甲县人民政府"))
        with pytest.raises(InputError) as refused:
            save(session, who, ChangeSubject.GROUP, "两次", twice)
        assert set(refused.value.problems) == {"members"}


def test_thresholds_of_the_plan_reach_the_targets_of_recognitions(engine: Engine) -> None:
    with write_session(engine) as session:
        who = loaded(session)
        assert copied(session, "Q1") == {"96"}
        own = OverridePart(indicator="Q1", clause="二", comparator=Comparator.AT_LEAST, value=Decimal(97), unit="%")
        save(session, who, ChangeSubject.OVERRIDE, "Q1", own)
        assert copied(session, "Q1") == {"97"}
        save(session, who, ChangeSubject.OVERRIDE, "Q1", None)
        assert copied(session, "Q1") == {"95"}
        asked = (ThresholdPart(comparator=Comparator.AT_LEAST, value=Decimal(5), unit="所"),)
        part = IndicatorPart(code="SY-NEW", name="新校", thresholds=asked)
        save(session, who, ChangeSubject.INDICATOR, "SY-NEW", part)
        assert copied(session, "SY-NEW") == {"5"}
        save(session, who, ChangeSubject.INDICATOR, "SY-NEW", None)
        assert session.scalar(sa.select(col(Indicator.id)).where(col(Indicator.code) == "SY-NEW")) is None
        with pytest.raises(ConflictError):
            save(session, who, ChangeSubject.INDICATOR, "SY-PLACES", None)


def test_a_standard_changed_by_hand_takes_its_plans_along_and_outlives_a_new_file(engine: Engine) -> None:
    with write_session(engine) as session:
        loaded(session)
        row = session.scalars(sa.select(Indicator).where(col(Indicator.code) == "Q2")).one()
        assert row.id is not None
        assert row.standard_id is not None
        stored = standard_edits.stored_indicator(session, row.standard_id, row.id)
        asked = (ThresholdPart(comparator=Comparator.AT_LEAST, value=Decimal(99), unit="%"),)
        part = stored.model_copy(update={"thresholds": asked})
        finding = standard_edits.save_standard_indicator(
            session,
            SYSTEM,
            row.standard_id,
            row.id,
            part,
            reason="修订",
            fingerprint=fingerprint_of(stored),
            now=NOW,
        )
        assert (finding.plans, finding.milestones) == (1, 1)
        assert copied(session, "Q2") == {"99"}
        assert (
            session.scalars(sa.select(col(PlanRevision.reason)).order_by(col(PlanRevision.id).desc())).first() == "修订"
        )
    with write_session(engine) as session:
        assert standards.load_standard(session, NATIONAL, over_hand=False) is False
        assert copied(session, "Q2") == {"99"}
        assert standards.load_standard(session, NATIONAL) is True
    with read_session(engine) as session:
        standard = session.scalars(sa.select(Standard)).one()
        assert not standards.is_kept(standard)
