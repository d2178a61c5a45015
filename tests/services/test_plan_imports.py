"""Import a plan from a workbook: update instead of duplicate, all or nothing, undo."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import make_engine, write_session
from app.domain.imports import ImportState, interrupted
from app.domain.vocabulary import ChangeSubject, Comparator, DueCause, MilestoneKind, RevisionCause, Standing
from app.models import AuditEntry, DueDate, Milestone, MilestoneStanding, Plan, PlanImport, PlanRevision
from app.queries.audit import verify_chain
from app.services import plan_imports, standings
from app.services.errors import ConflictError, InputError, NotFoundError
from app.services.import_steps import message_of
from app.services.import_writing import kept_by_records
from app.services.plan_context import plan_context
from app.services.revisions import RevisionInput, revise
from tests.support.facts import add_report, noon
from tests.support.imports import HEADINGS, NOW, Desk, desk, workbook

TARGETS = (*HEADINGS, "指标", "比较", "目标值", "单位")


@pytest.fixture
def at(engine: Engine, tmp_path: Path) -> Desk:
    return desk(engine, tmp_path)


def _row(
    key: str | None, title: str = "建成学校", due: object = "2026年底前", unit: str = "教育局"
) -> tuple[object, ...]:
    return (key, title, "三(一)", due, unit)


def test_new_rows_become_milestones_with_date_unit_and_targets(at: Desk) -> None:
    import_id = at.take_in(
        workbook(
            TARGETS,
            (*_row("class-size", "控制班额", "2027年8月底前"), "G1", "≤", 45, "人"),
            _row(None),
            _row("ledger", "更新台账", "每年9月"),
        )
    )
    item, found = at.item(import_id), at.milestones()
    assert (item.state, item.errors, item.same) == (ImportState.DONE, 0, 0)
    assert item.added == len(found) == 2 + 7
    part = found["class-size"]
    assert part.kind is MilestoneKind.QUANTITY
    assert part.due is not None
    assert (part.due.phrase, part.due.on) == ("2027年8月底前", date(2027, 8, 31))
    assert part.responsible == ("教育局",)
    (target,) = part.targets
    assert (target.indicator, target.comparator, target.value, target.unit) == (
        "G1",
        Comparator.AT_MOST,
        Decimal(45),
        "人",
    )
    assert found["ledger-2024"].kind is MilestoneKind.DUTY
    with write_session(at.engine) as session:
        assert standings.differences(session, NOW.date()) == []
        assert verify_chain(session).broken_at is None


def test_the_same_file_again_finds_nothing_to_do_with_or_without_keys(at: Desk) -> None:
    content = workbook(HEADINGS, _row("a-1"), _row(None, "修缮校舍"), _row("ledger", "更新台账", "每年9月"))
    at.take_in(content)
    again = at.item(at.take_in(content))
    assert (again.state, again.added, again.changed, again.same, again.revision_id) == (ImportState.DONE, 0, 0, 9, None)


def test_what_is_on_record_comes_back_unchanged_in_the_template(at: Desk) -> None:
    at.take_in(
        workbook(
            (*TARGETS, "学段", "基线", "到期日", "精确到", "开始日期", "说明", "备注"),
            (*_row("a-1"), "G1", ">", "4.25", "平方米", "小学", 3, None, None, date(2025, 9, 1), "说明", "备注"),
            ("a-1", None, None, None, None, "G1", ">=", "95%", None, "初中"),
            (*_row("b-1", "遴选项目", "适当时候"), None, None, None, None, None, None, date(2026, 5, 1), "月"),
            _row("ledger", "更新台账", "每年9月"),
            more={
                "阶段": [
                    ("编号", "名称", "条款", "开始日期", "结束日期"),
                    ("s-1", "起步", "一", "2024-01-01", "2025-12-31"),
                ],
                "工程项目": [
                    ("编号", "名称", "条款", "性质", "总投资（万元）", "竣工年份", "别名"),
                    ("p-1", "第一小学", "附件", "新建", 1234.5, 2027, "一小、实验小学"),
                ],
                "项目资金": [
                    ("项目编号", "年度", "资金来源", "金额（万元）"),
                    ("一小", 2026, "县", 300),
                    ("p-1", None, "省", 0.5),
                ],
            },
        )
    )
    import_id = at.hand_in(at.on_record())
    item = at.item(import_id)
    assert at.problems(import_id) == []
    assert (item.state, item.added, item.changed, item.removed) == (ImportState.READY, 0, 0, 0)
    assert item.same == 2 + 7 + 2


def test_only_the_columns_of_the_file_change_what_is_stored(at: Desk) -> None:
    at.take_in(workbook((*TARGETS, "备注"), (*_row("a-1"), "G1", "≥", 95, "%", "备注")))
    before = at.milestones()["a-1"]
    import_id = at.take_in(workbook(("编号", "时限"), ("A-１", "2027年底前")))
    after = at.milestones()["a-1"]
    assert at.item(import_id).changed == 1
    assert after.due is not None
    assert after.due.on == date(2027, 12, 31)
    assert after == before.model_copy(update={"due": after.due})


def test_an_empty_cell_of_a_column_that_is_there_empties_what_may_be_empty(at: Desk) -> None:
    at.take_in(workbook((*HEADINGS, "备注"), (*_row("a-1"), "备注")))
    at.take_in(workbook((*HEADINGS, "备注"), ("a-1",)))
    part = at.milestones()["a-1"]
    assert (part.note, part.responsible) == (None, ())
    assert part.title == "建成学校"


def test_continuation_rows_hold_further_targets_of_the_same_milestone(at: Desk) -> None:
    import_id = at.hand_in(
        workbook(
            TARGETS,
            (*_row("a-1"), "G1", "≥", 95, "%"),
            (None, None, None, None, None, "G1", "<", 99, "%"),
            (*_row(None, "另一项"), None, None, None, None),
            ("a-1", None, "三(二)", None, None, "G1", "等于", 97, "%"),
            _row("a-1"),
        )
    )
    assert at.problems(import_id) == [
        ("C5", "row 2 has the same milestone with another value here"),
        ("A6", "the milestone of row 2 is given again"),
    ]
    at.take_in(workbook(TARGETS, (*_row("a-1"), "G1", "≥", 95, "%"), (None,) * 5 + ("G1", "<", "99%", None)))
    assert [(item.comparator, item.value, item.unit) for item in at.milestones()["a-1"].targets] == [
        (Comparator.AT_LEAST, Decimal(95), "%"),
        (Comparator.LESS_THAN, Decimal(99), "%"),
    ]


def test_one_error_keeps_everything_out_and_stands_at_its_cell(at: Desk) -> None:
    import_id = at.hand_in(
        workbook(
            (*TARGETS, "地区"),
            (*_row("a-1"), None, None, None, None, None),
            (*_row("坏编号", "任务", "2026年13月", "教育厅"), "G9", "约", "很多", None, "某乡"),
            ("b-1", None, None, None, None),
            (*_row("c-1"), None, None, None, None, None),
            (*_row("C-1", "另一项"), None, None, None, None, None),
        )
    )
    item = at.item(import_id)
    assert (item.state, item.added, at.milestones()) == (ImportState.REFUSED, 0, {})
    cells = [cell for cell, _ in at.problems(import_id)]
    assert cells == ["A3", "D3", "E3", "F3", "G3", "H3", "J3", "B4", "C4", "D4", "A6", "B6"]
    said = dict(at.problems(import_id))
    assert said["E3"] == "not defined in this plan: 教育厅; closest: 教育局"
    assert said["D3"].startswith("there is no month 13")
    with pytest.raises(ConflictError), write_session(at.engine) as session:
        plan_imports.begin_write(session, at.actor, session.get_one(PlanImport, import_id), now=NOW)


def test_a_plan_changed_since_the_check_is_checked_again_first(at: Desk) -> None:
    first, second = at.hand_in(workbook(HEADINGS, _row("a-1"))), at.hand_in(workbook(HEADINGS, _row("b-1")))
    at.write(first)
    at.write(second)
    item = at.item(second)
    assert item.state is ImportState.FAILED
    assert message_of(item.message) == "the plan was changed since the file was checked; check it again"
    assert set(at.milestones()) == {"a-1"}
    at.check(second)
    at.write(second)
    assert set(at.milestones()) == {"a-1", "b-1"}


def test_undoing_brings_back_what_was_and_can_be_done_once(at: Desk) -> None:
    at.take_in(workbook(HEADINGS, _row("a-1"), _row("ledger", "更新台账", "每年9月")))
    before = at.milestones()
    import_id = at.take_in(
        workbook(HEADINGS, _row("a-1", due="2028年"), _row("b-1"), _row("ledger", "更新台账", "每年第一季度"))
    )
    assert at.milestones() != before
    at.undo(import_id)
    item = at.item(import_id)
    assert (item.state, at.milestones()) == (ImportState.UNDONE, before)
    with write_session(at.engine) as session:
        revision = session.get_one(PlanRevision, item.undo_revision_id)
        assert (revision.cause, revision.undoes_id, revision.reason) == (
            RevisionCause.UNDO,
            item.revision_id,
            "传错了文件",
        )
        with pytest.raises(ConflictError):
            plan_imports.begin_undo(session, at.actor, session.get_one(PlanImport, import_id), "再来", now=NOW)


def test_undoing_needs_a_reason_and_names_what_was_built_on_the_import(at: Desk) -> None:
    first = at.take_in(workbook(HEADINGS, _row("a-1"), _row("b-1", "另一项")))
    at.take_in(workbook(HEADINGS, _row("b-1", "又一项")))
    with write_session(at.engine) as session:
        item = session.get_one(PlanImport, first)
        with pytest.raises(InputError, match="fill in"):
            plan_imports.begin_undo(session, at.actor, item, "", now=NOW)
        with pytest.raises(ConflictError, match=r"cannot be undone: b-1$"):
            plan_imports.begin_undo(session, at.actor, item, "传错了文件", now=NOW)


def test_undoing_names_what_is_not_in_the_plan_any_more(at: Desk) -> None:
    stages = {
        "阶段": [("编号", "名称", "条款", "开始日期", "结束日期"), ("s-1", "起步", "一", "2024-01-01", "2025-12-31")]
    }
    at.take_in(workbook((*HEADINGS, "阶段"), (*_row("a-1"), "s-1"), more=stages))
    second = at.take_in(workbook((*HEADINGS, "阶段"), (*_row("a-1"), None)))
    with write_session(at.engine) as session:
        context = plan_context(session, session.get_one(Plan, at.of.plan_id))
        given = RevisionInput(RevisionCause.EDIT, "更正", reason="不分阶段")
        revise(session, at.actor, context, {(ChangeSubject.STAGE, "s-1"): None}, given, now=NOW)
    at.undo(second)
    item = at.item(second)
    assert item.state is ImportState.DONE
    assert str(message_of(item.message)) == "not in the plan any more, so nothing was written: s-1"


def test_undoing_withdraws_what_people_recorded_on_since(at: Desk) -> None:
    import_id = at.take_in(workbook(HEADINGS, _row("a-1"), _row("b-1", "另一项")))
    with write_session(at.engine) as session:
        add_report(session, at.of, at.id_of(session, "b-1"), noon("2026-11-20"), share_pct=Decimal(40))
    at.undo(import_id)
    assert at.milestones() == {}
    with write_session(at.engine) as session:
        kept = kept_by_records(session, session.get_one(PlanImport, import_id))
        assert [(key, title) for _, key, title in kept] == [("b-1", "另一项")]
        standing = session.get_one(MilestoneStanding, kept[0][0])
        assert standing.standing is Standing.WITHDRAWN
        assert session.scalars(sa.select(col(Milestone.key))).all() == ["b-1"]
    at.take_in(workbook(HEADINGS, _row("b-1", "另一项")))
    assert set(at.milestones()) == {"b-1"}


def test_an_import_may_be_an_amendment_by_a_document(at: Desk) -> None:
    at.take_in(workbook(HEADINGS, _row("a-1")))
    import_id = at.take_in(
        workbook(("编号", "时限"), ("a-1", "2027年底前")),
        title="调整",
        document_number="某政发〔2026〕8号",
        document_on=date(2026, 11, 1),
    )
    with write_session(at.engine) as session:
        revision = session.get_one(PlanRevision, at.item(import_id).revision_id)
        assert (revision.cause, revision.document_number) == (RevisionCause.AMENDMENT, "某政发〔2026〕8号")
        due = session.scalars(sa.select(DueDate)).one()
        assert (due.cause, due.due_on) == (DueCause.AMENDMENT, date(2027, 12, 31))
    with pytest.raises(InputError, match="both the number and the day"):
        at.hand_in(workbook(HEADINGS, _row("a-1")), document_number="某政发〔2026〕9号")


def test_a_complete_file_takes_out_what_it_lacks(at: Desk) -> None:
    at.take_in(workbook(HEADINGS, _row("a-1"), _row("b-1", "另一项"), _row("ledger", "更新台账", "每年9月")))
    import_id = at.hand_in(workbook(HEADINGS, _row("a-1")), complete=True)
    assert (at.item(import_id).removed, at.item(import_id).same) == (8, 1)
    at.write(import_id)
    assert set(at.milestones()) == {"a-1"}


def test_a_duty_that_loses_years_loses_their_occurrences(at: Desk) -> None:
    at.take_in(workbook(HEADINGS, _row("ledger", "更新台账", "每年9月")))
    at.take_in(workbook(("编号", "时限"), ("ledger", "2026年底前")))
    assert set(at.milestones()) == {"ledger"}


def test_a_real_date_a_month_and_a_bare_year_are_due_phrases(at: Desk) -> None:
    at.take_in(
        workbook(
            HEADINGS,
            _row("day", "甲", datetime(2026, 5, 31)),
            _row("month", "乙", datetime(2026, 6, 1)),
            _row("year", "丙", 2027),
            formats={"D2": "yyyy-mm-dd", "D3": 'yyyy"年"m"月"'},
        )
    )
    dues = {key: part.due for key, part in at.milestones().items()}
    assert {key: (due.phrase, due.on) for key, due in dues.items() if due} == {
        "day": ("2026年5月31日", date(2026, 5, 31)),
        "month": ("2026年6月", date(2026, 6, 30)),
        "year": ("2027年", date(2027, 12, 31)),
    }


def test_what_is_worth_a_second_look_stands_at_its_cell_and_keeps_nothing_out(at: Desk) -> None:
    import_id = at.hand_in(workbook(HEADINGS, _row("a-1", due="2026年前"), _row("b-1", "另一项", "2023年")))
    item = at.item(import_id)
    assert (item.state, item.errors, item.warnings) == (ImportState.READY, 0, 2)
    (first, two_readings), (second, early) = at.problems(import_id)
    assert (first, second) == ("D2", "D3")
    assert "two readings" in two_readings
    assert "before the plan was issued" in early
    at.write(import_id)
    assert at.item(at.hand_in(at.on_record())).warnings == 0


def test_a_step_given_up_writes_nothing_and_one_interrupted_can_be_taken_up(at: Desk) -> None:
    import_id = at.hand_in(workbook(HEADINGS, _row("a-1")))
    with write_session(at.engine) as session:
        item = session.get_one(PlanImport, import_id)
        stale = plan_imports.begin_write(session, at.actor, item, now=at.clock.now())
    assert not interrupted(ImportState.WRITING, at.item(import_id).heartbeat_at, at.clock.now())
    at.clock.advance(timedelta(hours=1))
    assert interrupted(ImportState.WRITING, at.item(import_id).heartbeat_at, at.clock.now())
    at.check(import_id)
    at.run(import_id, stale)
    assert (at.item(import_id).state, at.milestones()) == (ImportState.READY, {})
    with write_session(at.engine) as session:
        item = session.get_one(PlanImport, import_id)
        run = plan_imports.begin_check(session, at.actor, item, None, now=at.clock.now())
        plan_imports.cancel(session, at.actor, item, now=at.clock.now())
    at.run(import_id, run)
    assert at.item(import_id).state is ImportState.CANCELLED


def test_the_columns_are_remembered_for_a_file_with_the_same_headings(at: Desk) -> None:
    content = workbook(("第几号", "做什么", "条款", "时限"), ("a-1", "建成学校", "一", "2026年"))
    kept = plan_imports.keep_file(at.folder, "自有.xlsx", content, max_mb=20)
    with write_session(at.engine) as session:
        item = plan_imports.create_import(session, at.actor, at.of.plan_id, kept, now=NOW)
        item.mapping = item.mapping.replace('{"3": "clause"', '{"1": "key", "2": "title", "3": "clause"')
        run = plan_imports.begin_check(session, at.actor, item, None, now=NOW)
    assert item.id is not None
    at.run(item.id, run)
    assert at.item(item.id).state is ImportState.READY
    again = at.hand_in(content)
    assert at.item(again).added == 1


def test_another_offices_plan_takes_no_file_and_everything_is_audited(at: Desk) -> None:
    kept = plan_imports.keep_file(at.folder, "任务.xlsx", workbook(HEADINGS, _row("a-1")), max_mb=20)
    with write_session(at.engine) as session, pytest.raises(NotFoundError):
        plan_imports.create_import(session, at.actor, at.of.plan_id + 1, kept, now=NOW)
    at.undo(at.take_in(workbook(HEADINGS, _row("a-1"))))
    with write_session(at.engine) as session:
        actions = session.scalars(sa.select(col(AuditEntry.action)).order_by(col(AuditEntry.id))).all()
    assert [action for action in actions if action.startswith(("imports:", "plans:"))] == [
        "imports:create",
        "imports:check",
        "imports:write",
        "plans:import",
        "imports:undo",
        "plans:undo",
    ]


def test_five_thousand_rows_are_checked_and_written(at: Desk) -> None:
    rows = [_row(f"m-{number}", f"第{number}项", "2027年底前") for number in range(5_000)]
    import_id = at.take_in(workbook(HEADINGS, *rows))
    item = at.item(import_id)
    assert (item.state, item.rows_total, item.added) == (ImportState.DONE, 5_000, 5_000)
    with write_session(at.engine) as session:
        count = sa.select(sa.func.count()).select_from(MilestoneStanding)
        assert session.scalar(count) == 5_000


@pytest.mark.sqlite
def test_a_check_outlasts_another_writer_that_keeps_the_database(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(sqlite_url)
    at = desk(engine, tmp_path)
    kept = plan_imports.keep_file(at.folder, "任务.xlsx", workbook(HEADINGS, _row("a-1")), max_mb=20)
    with write_session(engine) as session:
        item = plan_imports.create_import(session, at.actor, at.of.plan_id, kept, now=NOW)
        run = plan_imports.begin_check(session, at.actor, item, None, now=NOW)
    assert item.id is not None
    step = Thread(target=at.run, args=(item.id, run))
    with write_session(engine) as session:
        session.execute(sa.select(col(Milestone.id)))  # the writing transaction begins
        step.start()
        step.join(7)  # longer than one waits for the lock
        assert step.is_alive()
    step.join(60)
    assert at.item(item.id).state is ImportState.READY
    engine.dispose()
