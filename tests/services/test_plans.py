"""Loading plans: twice changes nothing, a changed file updates in place, what does not fit is refused by name."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col

from app.core.database import write_session
from app.models import Milestone, MilestoneUnit, Organization, Plan, Target, Threshold
from app.services import days, plans, standards
from app.services.errors import InputError
from app.services.installation import InstallFinding, install
from app.services.plan_context import plan_context
from app.services.revisions import RevisionFinding
from tests.support.facts import SYSTEM, Office, add_report, noon, office

NOW = noon("2026-11-22")
STANDARD = {
    "slug": "national",
    "name": "标准",
    "source": "附件",
    "indicators": [
        {"code": "G1", "name": "巩固率", "group": "government", "thresholds": [{"comparator": ">=", "value": 95}]},
        {"code": "G2", "name": "交流", "group": "government", "thresholds": [{"comparator": ">=", "value": 10}]},
    ],
}
PLAN: dict[str, Any] = {
    "slug": "mou-2025",
    "title": "某州方案",
    "short_title": "某州方案",
    "issuer": "某州",
    "issued_on": "2025-03-01",
    "period_start": "2025-01-01",
    "period_end": "2030-12-31",
    "area": "某州",
    "leading_group": "领导小组",
    "office": "某州教育局",
    "places": [
        {"name": "某州", "kind": "prefecture", "code": "999900"},
        {"name": "甲县", "kind": "county", "code": "999921", "parent": "某州"},
        {"name": "乙县", "kind": "county", "code": "999922", "parent": "某州"},
    ],
    "organizations": [
        {"name": "某州教育局", "short_name": "州教育局", "kind": "department", "place": "某州"},
        {"name": "甲县人民政府", "short_name": "甲县政府", "kind": "government", "place": "甲县"},
        {"name": "乙县人民政府", "short_name": "乙县政府", "kind": "government", "place": "乙县", "aliases": ["乙县"]},
    ],
    "groups": [{"name": "各县人民政府", "members": ["甲县政府", "乙县"]}],
    "overrides": [{"indicator": "G1", "comparator": ">=", "value": 96, "clause": "二(一)"}],
    "milestones": [
        {
            "key": "recognition",
            "kind": "recognition",
            "title": "甲县通过认定",
            "clause": "三(一)",
            "place": "甲县",
            "due": {"phrase": "2026年", "on": "2026-12-31", "precision": "year"},
            "responsible": ["各县人民政府", "州教育局"],
            "supporting": ["甲县政府"],
            "all_indicators": True,
            "targets": [{"indicator": "G1", "comparator": ">=", "value": 96.0, "note": "own"}],
        },
        {
            "key": "rotation",
            "kind": "duty",
            "title": "教师交流",
            "clause": "三(二)",
            "place": "某州",
            "repeat": {"phrase": "每年9月", "years": [2026, 2027], "due": "09-30", "precision": "recurring"},
        },
    ],
    "ladder": [
        {"key": "urging", "offset_days": 1, "measure": "urging"},
        {"key": "circular", "offset_days": 30, "measure": "circular", "clause": "五(三)"},
    ],
}


@pytest.fixture
def session(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    """A writing session with the small standard loaded."""
    path = tmp_path / "standard.yaml"
    path.write_text(yaml.safe_dump(STANDARD), encoding="utf-8")
    with write_session(engine) as session:
        standards.load_standard(session, path)
        yield session


def load(session: Session, folder: Path, plan: dict[str, Any], **more: Any) -> plans.LoadFinding:
    path = folder / "mou.yaml"
    path.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    return plans.load_plan(session, path, SYSTEM, NOW, **more)


def row_counts(session: Session) -> dict[str, int]:
    session.flush()
    tables = SQLModel.metadata.sorted_tables
    return {table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables}


def target_values(session: Session, milestone_id: int | None) -> list[str]:
    query = sa.select(col(Target.value)).where(
        col(Target.milestone_id) == milestone_id, col(Target.retired_by_id).is_(None)
    )
    return sorted(str(value) for value in session.scalars(query.order_by(col(Target.position))))


def test_the_same_file_again_changes_nothing_even_when_it_is_read_anew(session, tmp_path):
    first = load(session, tmp_path, PLAN)
    before = row_counts(session)
    assert load(session, tmp_path, PLAN) == plans.LoadFinding("mou-2025", first.plan_id, changed=False)
    assert row_counts(session) == before
    again = load(session, tmp_path, PLAN, again=True)
    assert again.revision == RevisionFinding(None, None, (), ())
    assert row_counts(session) == before


def test_a_group_stands_for_its_members_and_keeps_the_word_of_the_text(session, tmp_path):
    milestone_id = load(session, tmp_path, PLAN).milestone_ids[0]
    rows = session.execute(
        sa.select(col(Organization.name), col(MilestoneUnit.named_as), col(MilestoneUnit.role))
        .join(MilestoneUnit, col(MilestoneUnit.organization_id) == col(Organization.id))
        .where(col(MilestoneUnit.milestone_id) == milestone_id)
        .order_by(col(MilestoneUnit.role), col(MilestoneUnit.position))
    )
    assert [tuple(row) for row in rows] == [
        ("甲县人民政府", "各县人民政府", "responsible"),
        ("乙县人民政府", "各县人民政府", "responsible"),
        ("某州教育局", "州教育局", "responsible"),
        ("甲县人民政府", "甲县政府", "supporting"),
    ]


def test_a_plans_own_threshold_replaces_the_standards_and_no_target_stands_twice(session, tmp_path):
    milestone_id = load(session, tmp_path, PLAN).milestone_ids[0]
    assert target_values(session, milestone_id) == ["10", "96.0"]


def test_a_changed_file_updates_without_duplicates_and_keeps_measured_targets(session, tmp_path):
    found = load(session, tmp_path, PLAN)
    milestone_id = found.milestone_ids[0]
    targets = {item.note: item for item in session.scalars(sa.select(Target).where(col(Target.note) == "own"))}
    of = Office(found.plan_id, 0, 0, 0, office(session).account_id)
    add_report(session, of, milestone_id, NOW, values={targets["own"].id: "95.5"})
    changed = deepcopy(PLAN)
    changed["title"], changed["overrides"][0]["value"] = "某州新方案", 97
    changed["milestones"][0]["targets"] = []
    changed["milestones"][0]["title"] = "甲县通过国家认定"
    before = row_counts(session)
    again = load(session, tmp_path, changed)
    assert (again.plan_id, again.milestone_ids) == (found.plan_id, found.milestone_ids)
    # The measured target is retired and keeps its row; the rest is as many as before.
    assert target_values(session, milestone_id) == ["10", "97"]
    assert again.revision is not None
    assert targets["own"].retired_by_id == again.revision.revision_id
    more = {"audit_entry": 1, "target": 1, "plan_revision": 1, "plan_change": 3, "report_review": 1}
    assert row_counts(session) == before | {name: before[name] + count for name, count in more.items()}
    milestone = session.get(Milestone, milestone_id)
    assert milestone is not None
    assert milestone.title == "甲县通过国家认定"


def test_a_duty_becomes_one_milestone_for_each_year(session, tmp_path):
    ids = load(session, tmp_path, PLAN).milestone_ids[1:]
    rows = [session.get(Milestone, milestone_id) for milestone_id in ids]
    assert [(row.key, str(row.start_on), str(row.due_on), row.series) for row in rows if row] == [
        ("rotation-2026", "2026-01-01", "2026-09-30", "rotation"),
        ("rotation-2027", "2027-01-01", "2027-09-30", "rotation"),
    ]


FAULTS: list[tuple[tuple[Any, ...], Any, str]] = [
    (("area",), "丙州", "area, place 丙州: is not defined"),
    (("office",), "丙局", "office, unit 丙局: is not defined"),
    (("places", 1, "parent"), "乙县", "places 甲县, parent 乙县: is not defined"),
    (("places", 1, "successor"), "丙县", "places 甲县, successor 丙县: is not defined"),
    (("organizations", 1, "place"), "丙县", "organizations 甲县人民政府, place 丙县: is not defined"),
    (("organizations", 2, "short_name"), "甲县政府", "organizations, 甲县政府: is given more than once"),
    (("groups", 0, "members", 0), "丙县政府", "groups 各县人民政府, unit 丙县政府: is not defined"),
    (("overrides", 0, "indicator"), "G9", "overrides, indicator G9: is not defined"),
    (("milestones", 0, "place"), "丙县", "milestones recognition, place 丙县: is not defined"),
    (("milestones", 0, "stage"), "first", "milestones recognition, stage first: is not defined"),
    (("milestones", 0, "project"), "school", "milestones recognition, project school: is not defined"),
    (("milestones", 0, "responsible", 1), "丙局", "milestones recognition, unit 丙局: is not defined"),
    (("milestones", 0, "supporting", 0), "丙局", "milestones recognition, unit 丙局: is not defined"),
    (("milestones", 0, "targets", 0, "indicator"), "G9", "milestones recognition, indicator G9: is not defined"),
    (("milestones", 0, "start_on"), "2027-01-01", "milestones recognition: starts after it is due"),
    (("milestones", 0, "key"), "rotation-2026", "milestones, rotation-2026: is given more than once"),
    (("milestones", 1, "repeat", "start"), "10-01", "milestones rotation: starts after it is due"),
    (("ladder", 0, "offset_days"), 30, "ladder, 30 days: is given more than once"),
    (("ladder", 0, "measure"), "scolding", "ladder urging, measure scolding: is not defined"),
]


@pytest.mark.parametrize(("way", "value", "problem"), FAULTS)
def test_an_entry_that_does_not_fit_is_refused_by_file_place_and_name(session, tmp_path, way, value, problem):
    plan = deepcopy(PLAN)
    part: Any = plan
    for step in way[:-1]:
        part = part[step]
    part[way[-1]] = value
    before = row_counts(session)
    with pytest.raises(InputError) as refused:
        load(session, tmp_path, plan)
    assert f"mou.yaml, {problem}" in str(refused.value)
    assert row_counts(session) == before


def test_every_fault_of_a_file_is_named_at_once(session, tmp_path):
    plan = PLAN | {"area": "丙州", "office": "丙局"}
    with pytest.raises(InputError) as refused:
        load(session, tmp_path, plan)
    assert list(refused.value.problems) == ["mou.yaml, area, place 丙州", "mou.yaml, office, unit 丙局"]


def test_a_plan_that_follows_a_standard_nobody_loaded_is_refused(session, tmp_path):
    with pytest.raises(InputError, match="standard other: is not loaded"):
        load(session, tmp_path, PLAN | {"standard": "other"})


def test_a_changed_standard_reaches_the_targets_that_were_copied_from_it(engine, tmp_path):
    for folder, content in (("standards", STANDARD), ("plans", PLAN)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with write_session(engine) as session:
        assert install(session, tmp_path, SYSTEM, NOW).plans_loaded == ("mou-2025",)
        changed = deepcopy(STANDARD)
        changed["indicators"][1]["thresholds"][0]["value"] = 15  # type: ignore[index]
        (tmp_path / "standards" / "one.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
        assert install(session, tmp_path, SYSTEM, NOW).plans_loaded == ("mou-2025",)
        recognition = session.scalars(sa.select(col(Milestone.id)).where(col(Milestone.key) == "recognition")).one()
        assert target_values(session, recognition) == ["15", "96.0"]
        assert install(session, tmp_path, SYSTEM, NOW) == InstallFinding((), (), None)


def test_an_indicator_the_file_no_longer_defines_sets_no_threshold(session, tmp_path):
    plan = deepcopy(PLAN)
    plan["indicators"] = [{"code": "X1", "name": "自设", "thresholds": [{"comparator": ">=", "value": 1}]}]
    load(session, tmp_path, plan)
    assert len(session.scalars(sa.select(Threshold)).all()) == 4
    milestone_id = load(session, tmp_path, PLAN).milestone_ids[0]
    assert len(session.scalars(sa.select(Threshold)).all()) == 3
    assert target_values(session, milestone_id) == ["10", "96.0"]


def seeds_with(folder: Path, plan: dict[str, Any]) -> Path:
    for name, content in (("standards", STANDARD), ("plans", plan)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "one.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_newer_file_moves_a_date_nobody_worked_on_and_leaves_a_plan_where_somebody_did(session, tmp_path):
    install(session, seeds_with(tmp_path, PLAN), SYSTEM, NOW)
    later = deepcopy(PLAN)
    later["milestones"][0]["due"]["on"] = "2027-12-31"
    assert install(session, seeds_with(tmp_path, later), SYSTEM, NOW).plans_loaded == ("mou-2025",)
    recognition = session.scalars(sa.select(Milestone).where(col(Milestone.key) == "recognition")).one()
    assert (str(recognition.due_on), recognition.due_phrase) == ("2027-12-31", "2026年")
    of = Office(recognition.plan_id, 0, 0, 0, office(session).account_id)
    add_report(session, of, recognition.id, NOW)
    latest = deepcopy(PLAN)
    latest["title"] = "另一份方案"
    days.begin(session, NOW)
    before = row_counts(session)
    finding = install(session, seeds_with(tmp_path, latest), SYSTEM, NOW)
    assert (finding.plans_loaded, finding.plans_kept) == ((), ("mou-2025",))
    assert row_counts(session) == before
    assert session.scalars(sa.select(col(Plan.title)).where(col(Plan.slug) == "mou-2025")).one() == PLAN["title"]


def test_a_text_longer_than_its_column_is_refused_by_the_file(session, tmp_path):
    plan = deepcopy(PLAN)
    plan["milestones"][0]["clause"] = "三" * 61
    with pytest.raises(ValidationError, match="at most 60 characters"):
        load(session, tmp_path, plan)


def test_a_unit_from_elsewhere_that_a_plan_names_stays_known_to_the_plan(session, tmp_path):
    plan = deepcopy(PLAN)
    plan["places"].append({"name": "乙州", "kind": "prefecture"})
    unit = {"name": "乙州财政局", "short_name": "乙州财政", "kind": "department", "place": "乙州"}
    plan["organizations"] += [unit, unit | {"name": "乙州教育局", "short_name": "乙州教育"}]
    plan["milestones"][1]["responsible"] = ["乙州财政"]
    plan_id = load(session, tmp_path, plan).plan_id
    units = plan_context(session, session.get_one(Plan, plan_id)).units
    assert {"乙州财政", "乙州财政局"} <= set(units)
    assert "乙州教育局" not in units
