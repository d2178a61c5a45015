"""What the circular says, for plans of every size."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.domain.circulars import CircularFacts
from app.domain.targets import Verdict
from app.domain.vocabulary import Standing
from app.printouts.circulars import compose
from app.printouts.documents import Document, Heading, Paragraph, Table
from tests.printouts.invented import CUT_OFF, facts, milestone, targets

CHAPTERS = ["一、总体情况", "二、各地各单位进展", "三、重点指标和项目", "四、存在问题", "五、下一步工作要求"]


def text_of(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))


def empty_plan() -> CircularFacts:
    return facts(0, target_count=0, projects=(), cases=(), due_next=())


@pytest.mark.parametrize("count", [0, 1, 120, 2000])
def test_every_circular_has_five_chapters_and_six_annexes(count: int) -> None:
    document = compose(facts(count))
    assert [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1] == CHAPTERS
    assert [annex.title for annex in document.annexes] == [
        "2026年第三季度任务进展情况表",
        "逾期任务清单",
        "重点指标达标情况表",
        "工程项目和投资情况表",
        "问责与整改台账",
        "2026年第四季度到期任务清单",
    ]


def test_every_row_has_a_cell_for_every_column() -> None:
    document = compose(facts())
    blocks = [*document.blocks, *(block for annex in document.annexes for block in annex.blocks)]
    tables = [block for block in blocks if isinstance(block, Table)]
    assert len(tables) == 8
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_an_empty_plan_says_so_without_counting_zeros() -> None:
    text = text_of(compose(empty_plan()))
    assert "尚未列入台账" in text
    assert "按期完成率不作评估" in text
    assert "《方案》未设量化指标。" in text
    assert "《方案》未列工程项目。" in text
    assert "未发现" in text
    assert "0项" not in text
    assert "None" not in text


def test_a_first_circular_says_that_there_is_nothing_to_compare_with() -> None:
    text = text_of(compose(facts(30, previous_cut_off_on=None, previous_quarter_label=None)))
    assert "本季度为首次通报" in text


def test_lists_in_the_body_stay_short_and_point_to_their_annex() -> None:
    document = compose(facts(5000))
    longest = max(len(block.text) for block in document.blocks if isinstance(block, Paragraph))
    assert longest < 500
    assert "等（详见附件2）" in text_of(document)


def test_unconfirmed_history_gets_its_remark_and_is_not_among_the_problems() -> None:
    document = compose(
        facts(0, target_count=0, projects=(), cases=(), milestones=(milestone(1, Standing.UNCONFIRMED),))
    )
    text = text_of(document)
    assert "另有1项任务的时限早于台账启用之日且无填报记录，列为待核实" in text
    assert "未发现任务逾期" in text


def test_targets_that_nobody_measured_are_not_assessed_rather_than_failed() -> None:
    unmeasured = tuple(row for row in targets(12) if row.verdict is Verdict.NOT_ASSESSED)
    document = compose(facts(5, targets=unmeasured))
    assert "均无监测值，未评估" in text_of(document)
    table = document.annexes[2].blocks[0]
    assert isinstance(table, Table)
    assert {row[-1] for row in table.rows} == {"未评估"}


def test_a_draft_leaves_number_and_day_open_and_an_issued_one_carries_them() -> None:
    draft, issued = compose(facts(3)), compose(facts(3), number="清均衡办〔2026〕7号", signed_on=date(2026, 10, 12))
    assert (draft.number_line, draft.signed_on) == ("〔2026〕　号", None)
    assert (issued.number_line, issued.signed_on) == ("清均衡办〔2026〕7号", date(2026, 10, 12))


def test_a_long_plan_title_is_broken_into_lines_that_fit() -> None:
    document = compose(facts(3, plan_short_title="石柱土家族自治县推进县域义务教育优质均衡发展国家认定工作实施方案"))
    assert all(len(line) <= 20 for line in document.title_lines)
    assert (
        document.title
        == "关于2026年第三季度石柱土家族自治县推进县域义务教育优质均衡发展国家认定工作实施方案落实情况的通报"
    )


def rows_of(document: Document, annex: int) -> tuple[tuple[object, ...], ...]:
    (table,) = (block for block in document.annexes[annex - 1].blocks if isinstance(block, Table))
    return table.rows


def test_what_ends_on_the_cut_off_day_is_neither_overdue_nor_passed_over() -> None:
    row = milestone(1, Standing.DUE_SOON, effective_due_on=CUT_OFF, original_due_on=CUT_OFF)
    document = compose(facts(0, target_count=0, milestones=(row,)))
    text = text_of(document)
    assert "2026年9月30日当日到期、尚未完成1项，自次日起计为逾期。" in text
    assert "无逾期未完成任务" not in text
    assert "一是部分任务时限届满尚未完成。" in text
    assert "核清时限届满任务" in [block.text[3:] for block in document.blocks if isinstance(block, Heading)]


def test_a_running_quarter_points_to_what_falls_due_before_its_end() -> None:
    row = milestone(1, Standing.DUE_SOON, effective_due_on=date(2026, 9, 30))
    running = facts(0, target_count=0, milestones=(row,), cut_off_on=date(2026, 9, 1))
    assert "2026年第三季度内尚有1项任务将到期" in text_of(compose(running))


def test_the_annex_of_indicators_leaves_out_what_is_neither_due_nor_measured() -> None:
    told = facts(0, target_count=36)
    left_out = sum(row.effective_due_on > CUT_OFF and row.measured is None for row in told.targets)
    document = compose(told)
    assert 0 < left_out < 36
    assert len(rows_of(document, 3)) == 36 - left_out
    assert f"另有{left_out}项次" in document.annexes[2].note


def test_history_that_nobody_confirmed_lends_no_targets_to_the_problems() -> None:
    history = milestone(1, Standing.UNCONFIRMED)
    due = replace(targets(3)[2], milestone_id=1, effective_due_on=CUT_OFF)
    assert "缺少监测值" not in text_of(compose(facts(0, milestones=(history,), targets=(due,))))
    ours = milestone(1, Standing.OVERDUE)
    assert "未作评估的1项次" in text_of(compose(facts(0, milestones=(ours,), targets=(due,))))


def test_tasks_without_a_unit_are_told_apart_from_the_units() -> None:
    rows = (milestone(5, Standing.ON_TRACK, responsible=()), milestone(10, Standing.ON_TRACK))
    document = compose(facts(0, target_count=0, milestones=rows))
    assert "共有1个单位承担任务。另有1项任务《方案》未明确责任单位。" in text_of(document)
    (table,) = (block for block in document.blocks if isinstance(block, Table) and block.sheet.startswith("表2"))
    assert table.rows[-1][0] == "未明确责任单位"


def test_case_numbers_come_without_their_plan_and_the_number_line_in_the_year_of_issue() -> None:
    assert rows_of(compose(facts(3)), 5)[0][1] == "2026-001"
    december = facts(3, cut_off_at=datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert compose(december).number_line == "〔2027〕　号"
