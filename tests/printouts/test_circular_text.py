"""What the circular says, for plans of every size."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.circular_cases import RectificationRow
from app.domain.circulars import CircularFacts, MilestoneRow, TargetRow, progress_by_group
from app.domain.rectifications import RectificationState
from app.domain.targets import Verdict, verdict
from app.domain.vocabulary import Comparator, IndicatorGroup, Standing, Timeliness
from app.printouts.circulars import compose
from app.printouts.documents import Chart, Document, Heading, Paragraph, Slot, Table, cell_text, tables_of
from tests.printouts.invented import CUT_OFF, facts, milestone, targets

CHAPTERS = ["一、总体情况", "二、各地各单位进展", "三、重点指标和项目", "四、存在问题", "五、下一步工作要求"]


def text_of(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))


def empty_plan() -> CircularFacts:
    return facts(0, target_count=0, projects=(), cases=(), due_next=())


ANNEXES = [
    "2026年第三季度任务进展情况表",
    "逾期任务清单",
    "重点指标达标情况表",
    "工程项目和投资情况表",
    "问责与整改台账",
    "2026年第四季度到期任务清单",
]


@pytest.mark.parametrize("count", [0, 1, 120, 2000])
def test_every_circular_has_five_chapters_and_the_annexes_that_hold_something(count: int) -> None:
    document = compose(facts(count))
    assert [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1] == CHAPTERS
    titles = [annex.title for annex in document.annexes]
    assert titles == (ANNEXES if count > 1 else [title for title in ANNEXES if title in titles])
    assert all(block.rows for annex in document.annexes for block in annex.blocks if isinstance(block, Table))


def test_every_row_has_a_cell_for_every_column() -> None:
    document = compose(facts())
    blocks = [*document.blocks, *(block for annex in document.annexes for block in annex.blocks)]
    tables = [block for block in blocks if isinstance(block, Table)]
    assert len(tables) == 9
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
    (table,) = (table for table in tables_of(document) if table.sheet.endswith("未报监测值"))
    assert isinstance(table, Table)
    due = [row for row in unmeasured if row.effective_due_on <= CUT_OFF]
    assert sum(int(row[-1]) for row in table.rows if isinstance(row[-1], int)) == len(due) > len(table.rows)


def test_a_draft_leaves_number_and_day_open_and_an_issued_one_carries_them() -> None:
    draft, issued = compose(facts(3)), compose(facts(3), number="清均衡办〔2026〕7号", signed_on=date(2026, 10, 12))
    assert (draft.number_line, draft.signed_on) == ("〔2026〕　号", None)
    assert (issued.number_line, issued.signed_on) == ("清均衡办〔2026〕7号", date(2026, 10, 12))


def test_a_long_plan_title_is_broken_into_lines_that_fit() -> None:
    plan = "石柱土家族自治县推进县域义务教育优质均衡发展国家认定工作实施方案"
    assert compose(facts(3, plan_title=plan)).title_lines == (
        "关于《石柱土家族自治县推进县域义务教育",
        "优质均衡发展国家认定工作实施方案》",
        "2026年第三季度落实情况的通报",
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
    row = milestone(1, Standing.DUE_SOON, effective_due_on=date(2026, 9, 30), title="建成第二小学（虚构）")
    running = facts(0, target_count=0, milestones=(row,), due_next=(), cut_off_on=date(2026, 9, 1))
    document = compose(running)
    assert (
        "2026年第三季度内尚有1项任务将到期：南屏区“建成第二小学（虚构）”（南屏区人民政府，2026年9月30日）。"
        in text_of(document)
    )
    assert document.annexes[-1].title == "近期到期任务清单"
    (table,) = (table for table in tables_of(document) if isinstance(table, Table) and table.sheet == "表1 任务状态")
    assert table.columns[1].title == "截至9月1日\n（项）"


def test_the_annex_of_indicators_leaves_out_what_is_neither_due_nor_measured() -> None:
    told = facts(0, target_count=36)
    left_out = sum(row.effective_due_on > CUT_OFF and row.measured is None for row in told.targets)
    annex = next(annex for annex in compose(told).annexes if annex.title == "重点指标达标情况表")
    measured, missing = (block for block in annex.blocks if isinstance(block, Table))
    assert 0 < left_out < 36
    listed = [row[-1] for row in missing.rows if isinstance(row[-1], int)]
    assert len(measured.rows) + sum(listed) == 36 - left_out
    assert f"另有{left_out}项次" in annex.note


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
    assert progress_by_group(facts(0, milestones=rows))[-1].name == "未明确责任单位"


def groups_text(*rows: MilestoneRow) -> str:
    lines = text_of(compose(facts(0, target_count=0, milestones=rows))).split("\n")
    return next(line for line in lines if re.match("按.{2,6}统计，", line))


def test_what_has_no_unit_is_counted_neither_among_the_late_nor_among_those_in_time() -> None:
    late = {"days_late": 9, "days_late_original": 9}
    nobody, unit = {"responsible": (), "group": None}, {"responsible": ("市教育局",), "group": None}
    done = {"timeliness": Timeliness.ON_TIME, "effective_due_on": CUT_OFF}
    both = groups_text(milestone(1, Standing.OVERDUE, **nobody, **late), milestone(5, Standing.OVERDUE, **unit, **late))
    assert "共有1个单位承担任务。另有1项任务《方案》未明确责任单位。" in both
    assert "有逾期任务的有1个单位：市教育局（1项）；未明确责任单位的任务逾期1项。" in both
    assert "2个" not in both
    alone = groups_text(milestone(1, Standing.OVERDUE, **nobody, **late), milestone(5, Standing.ON_TRACK, **unit))
    assert "各单位均无逾期任务；未明确责任单位的任务逾期1项。" in alone
    on_time = groups_text(
        milestone(1, Standing.CLOSED, **nobody, **done), milestone(5, Standing.CLOSED, **unit, **done)
    )
    assert "到期任务全部按期完成的有1个单位：市教育局；未明确责任单位的到期任务全部按期完成。" in on_time
    assert "各单位均无逾期任务。" in on_time


def test_the_plans_own_level_is_not_counted_among_the_counties() -> None:
    late = {"days_late": 9, "days_late_original": 9}
    rows = [milestone(number, Standing.OVERDUE, **late) for number in range(1, 13)]
    text = groups_text(*rows)
    assert "共有10个县市区和清江市本级承担任务" in text
    assert "有逾期任务的有10个县市区，逾期项数较多的是南屏区（1项）、" in text
    assert "等；清江市本级的任务逾期2项。" in text
    assert "11个" not in text
    counties = groups_text(*(milestone(number, Standing.ON_TRACK) for number in range(1, 5)))
    assert "共有4个县市区承担任务。各地区均无逾期任务。" in counties


def test_case_numbers_come_without_their_plan_and_the_number_line_in_the_year_of_issue() -> None:
    assert rows_of(compose(facts(3)), 5)[0][1] == "2026-001"
    december = facts(3, cut_off_at=datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert compose(december).number_line == "〔2027〕　号"


def test_an_annex_with_nothing_to_show_is_dropped_and_the_others_are_numbered_anew() -> None:
    rows = (milestone(1, Standing.OVERDUE, days_late=120, days_late_original=120),)
    document = compose(facts(0, target_count=0, projects=(), cases=(), due_next=(), milestones=rows))
    assert [annex.title for annex in document.annexes] == ["2026年第三季度任务进展情况表", "逾期任务清单"]
    text = text_of(document)
    assert "要对照附件2逐项查明逾期原因" in text
    assert "附件3" not in text
    assert "《方案》未设量化指标。" in text
    assert "《方案》未列工程项目。" in text
    assert "2026年第三季度无在办问责案件和整改事项。" in text
    assert "第四季度无到期任务" not in text  # nothing is left to fall due
    assert "后续任务" not in text
    assert [table.sheet for table in tables_of(document)] == [
        "表1 任务状态",
        "表2 按期完成情况",
        "附件1 任务进展",
        "附件2 逾期任务",
    ]


def test_a_single_annex_has_no_number_where_it_stands_nor_where_the_text_points_to_it() -> None:
    rows = (milestone(1, Standing.ON_TRACK),)
    document = compose(facts(0, target_count=0, projects=(), cases=(), due_next=(), milestones=rows))
    assert len(document.annexes) == 1
    assert "（详见附件）" in text_of(document)


def test_opening_and_closing_may_be_worded_and_hold_no_figure_of_the_ledger() -> None:
    document = compose(facts(120))
    slots = {block.slot: block.text for block in document.blocks if isinstance(block, Paragraph) and block.slot}
    assert set(slots) == {Slot.OPENING, Slot.CLOSING}
    assert slots[Slot.OPENING].startswith("按照《清江市推进县域义务教育优质均衡发展实施方案》要求")
    assert set(re.findall(r"\d+", slots[Slot.OPENING] + slots[Slot.CLOSING])) == {"2026"}
    fixed = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.slot is None]
    assert "（清政办发〔2025〕17号，以下简称《方案》）任务台账编制，数据截至2026年9月30日" in fixed[0]


def test_both_latenesses_stand_in_the_table_of_progress_and_in_the_list_of_what_is_overdue() -> None:
    rows = (
        milestone(6, Standing.OVERDUE, days_late=10, days_late_original=102),
        milestone(12, Standing.ON_TRACK, days_late=0, days_late_original=30),
        milestone(18, Standing.WITHDRAWN, days_late=5, days_late_original=5),
    )
    document = compose(facts(0, milestones=rows))
    assert [row[-2:] for row in rows_of(document, 1)] == [(10, 102), (None, 30), (None, None)]
    assert rows_of(document, 2)[0][-3:-1] == (10, 102)
    assert "逾期10天，按原定时限逾期102天" in text_of(document)


def test_two_pictures_at_most_stand_in_the_body_and_are_numbered_like_the_tables() -> None:
    charts = [block for block in compose(facts(120)).blocks if isinstance(block, Chart)]
    assert [chart.caption for chart in charts] == ["图1　分季度任务完成情况", "图2　各地区任务状态"]
    due, standing = ({one.name: one.values for one in chart.series} for chart in charts)
    assert sum(sum(int(figure or 0) for figure in values) for values in standing.values()) == 120
    assert "尚在办理" in due
    assert not [block for block in compose(facts(2)).blocks if isinstance(block, Chart)]


def test_coefficients_of_variation_stand_in_a_table_of_their_own_once_any_is_on_record() -> None:
    def coefficient(place: str, number: int, measured: str | None) -> TargetRow:
        value = None if measured is None else Decimal(measured)
        return TargetRow(
            milestone_id=1,
            place=place,
            indicator_code=f"R{number}-CV",
            indicator_name=f"指标{number}的校际差异系数",
            stage_label="小学",
            comparator=Comparator.AT_MOST,
            target=Decimal("0.5"),
            unit="",
            effective_due_on=CUT_OFF,
            measured=value,
            measured_on=None if value is None else CUT_OFF,
            verdict=verdict(Comparator.AT_MOST, Decimal("0.5"), value),
            group=IndicatorGroup.RESOURCE_CV,
        )

    none = (coefficient("东平县", 1, None), coefficient("东平县", 2, None))
    assert "差异系数" not in {table.sheet[-4:] for table in tables_of(compose(facts(3, targets=none)))}
    some = (coefficient("东平县", 1, "0.515257"), coefficient("东平县", 2, "0.488771"), coefficient("南屏区", 1, None))
    document = compose(facts(3, targets=some))
    (table,) = (table for table in tables_of(document) if table.sheet.endswith("差异系数"))
    assert isinstance(table, Table)
    assert [column.title for column in table.columns[4:6]] == ["指标1", "指标2"]
    assert table.rows == ((1, "东平县", "小学", "≤0.5", Decimal("0.515257"), Decimal("0.488771"), 1, "指标1"),)
    (missing,) = (table for table in tables_of(document) if table.sheet.endswith("未报监测值"))
    assert isinstance(missing, Table)
    assert [row[-2] for row in missing.rows] == ["南屏区"]
    assert "校际差异系数已测算2项次，达到限值1项次，未达到限值1项次" in text_of(document)


def test_rectification_items_are_counted_and_listed_with_both_limits() -> None:
    item = RectificationRow(
        unit="南屏区人民政府",
        milestone_title="消除城镇义务教育学校大班额",
        case_number="QJ-2026-001",
        problem="起始年级仍有大班额（虚构）",
        measure="分流并增设班级（虚构）",
        first_due_on=date(2026, 8, 1),
        due_on=date(2026, 9, 1),
        state=RectificationState.OPEN,
        days_late=29,
        days_late_first=60,
    )
    document = compose(facts(3, rectifications=(item,)))
    text = text_of(document)
    assert "整改事项1项，其中超过整改时限1项" in text
    assert "尚未整改到位的1项：“消除城镇义务教育学校大班额”（南屏区人民政府，逾期29天）" in text
    (table,) = (table for table in tables_of(document) if table.sheet.endswith("整改事项"))
    assert isinstance(table, Table)
    assert table.rows[0][5:] == ("2026-001", date(2026, 8, 1), date(2026, 9, 1), "整改中", 29, 60)


def test_nothing_that_only_a_machine_writes_is_printed() -> None:
    document = compose(facts(120))
    titles = [column.title for table in tables_of(document) if isinstance(table, Table) for column in table.columns]
    words = "\n".join([text_of(document), document.title, *titles, *(annex.note for annex in document.annexes)])
    assert not re.search(r"[A-Za-z]|\d{4}-\d{2}-\d{2}|None|目前", words)


def test_nobody_is_told_to_act_where_the_plan_names_no_unit() -> None:
    late = {"days_late": 120, "days_late_original": 120, "last_report_on": None}
    rows = (milestone(1, Standing.OVERDUE, responsible=(), **late), milestone(2, Standing.OVERDUE, **late))
    text = text_of(compose(facts(0, target_count=0, milestones=rows)))
    assert "西岭县人民政府要对照附件2逐项查明逾期原因" in text
    assert "其中《方案》未明确责任单位的1项，由我办商有关方面明确牵头单位。" in text
    assert "逾期任务中有2项至今没有填报记录，涉及西岭县人民政府。" in text


def test_a_plan_is_named_by_what_its_title_calls_it() -> None:
    told = facts(1, plan_title="清江市推进义务教育优质均衡发展的实施意见", projects=(), cases=(), target_count=0)
    text = text_of(compose(told))
    assert "以下简称《实施意见》）" in text
    assert "《实施意见》列入台账的任务" in text
    assert "《方案》" not in text


def test_districts_are_addressed_only_where_there_are_any() -> None:
    rows = tuple(
        replace(milestone(number, Standing.CLOSED), group=f"{name}县") for number, name in enumerate("甲乙", 1)
    )
    assert compose(facts(0, milestones=rows)).addressee == "各县市人民政府，各责任单位："
    mixed = (*rows, replace(milestone(3, Standing.CLOSED), group="丙区"))
    assert compose(facts(0, milestones=mixed)).addressee == "各县（市、区）人民政府，各责任单位："


def test_later_tasks_are_asked_for_only_where_there_are_any() -> None:
    ahead = replace(milestone(1, Standing.ON_TRACK), effective_due_on=date(2028, 1, 31))
    closed = milestone(2, Standing.CLOSED)
    assert "2026年第四季度无到期任务，各责任单位要抓紧推进后续任务。" in text_of(
        compose(facts(0, milestones=(ahead, closed), due_next=()))
    )
    assert "后续任务" not in text_of(compose(facts(0, milestones=(closed,), due_next=())))


def test_a_closed_task_without_a_share_is_not_called_unreported() -> None:
    closed = replace(milestone(1, Standing.CLOSED), progress_pct=None)
    late = replace(milestone(2, Standing.OVERDUE, days_late=3, days_late_original=3), progress_pct=None)
    annex = compose(facts(0, milestones=(closed, late))).annexes[0]
    table = next(block for block in annex.blocks if isinstance(block, Table))
    place = [column.title for column in table.columns].index("进度")
    assert [cell_text(row[place], table.columns[place]) for row in table.rows] == ["—", "未填报"]
