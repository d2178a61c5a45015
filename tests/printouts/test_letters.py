"""The words of letters: every trigger and measure, groups of units, several milestones, titles on their lines."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.extensions import ExtensionState
from app.domain.letter_words import clause_text, measures_text, quoted, sentence
from app.domain.letters import (
    AlertLetterFacts,
    AnswerLimit,
    CaseLetterFacts,
    LetterHead,
    LetterMatter,
    MeasureDecision,
    MissingReports,
    Party,
    UnansweredNotice,
    is_superior,
    letters_for_alert,
    letters_for_extension,
)
from app.domain.plan_names import short_form
from app.domain.vocabulary import AlertState, Measure, RungTrigger, Standing
from app.printouts import criticism_circulars, interview_papers, letters, supervision_notices
from app.printouts.documents import Table
from app.printouts.letter_titles import LINE, title_lines
from tests.support.letters import text_of

HEAD = LetterHead("某州实施方案", None, "领导小组办公室", date(2026, 11, 22), datetime(2026, 11, 22, 4, tzinfo=UTC))
MATTER = LetterMatter(
    title="建成学校",
    clause="三(一)2",
    place="甲县",
    due_phrase="2026年底前",
    original_due_on=date(2026, 9, 30),
    effective_due_on=date(2026, 12, 31),
    standing=Standing.BEHIND,
    since_on=date(2026, 10, 1),
    days_late=0,
    days_late_original=53,
    progress_pct=Decimal(40),
    scheduled_pct=Decimal("66.66"),
    lagging_since=date(2026, 7, 1),
    reported_on=date(2026, 9, 30),
)
FACTS = AlertLetterFacts(
    head=HEAD,
    measure=Measure.URGING,
    trigger=RungTrigger.DUE,
    clause=None,
    responsible=(Party("甲县人民政府"),),
    addressed_as=("甲县人民政府",),
    supporting=(),
    supervisors=("某州教育局",),
    matter=MATTER,
    missing=None,
    unanswered=None,
    limits=(),
)
DECISION = MeasureDecision(1, Measure.INTERVIEW, date(2026, 11, 20), None, None, None, None, "")
CASE = CaseLetterFacts(
    head=HEAD,
    held_as="各县人民政府",
    units=(Party("甲县人民政府", "王某（县长）"), Party("乙县人民政府")),
    matters=(MATTER, replace(MATTER, title="乙县校舍达标", standing=Standing.OVERDUE, days_late=9, progress_pct=None)),
    decision=DECISION,
    statements=(),
    statement_asked=True,
    replies=(),
    items=(),
    measures_before=((Measure.URGING, 2), (Measure.REMINDER, 1), (Measure.CIRCULAR, 1)),
    counties=("甲县", "乙区"),
)


def test_clauses_are_written_out_as_documents_name_them():
    written = {
        "三(一)2": "第三部分第（一）项第2点",
        "三、四(三)": "第三部分、第四部分第（三）项",
        "七(二十三)": "第七部分第（二十三）项",
        "四(2025年)": "第四部分（2025年）",
        "四(2025年)、附件5": "第四部分（2025年）、附件5",
        "总则(乙)": "总则（乙）",
    }
    assert {clause: clause_text(clause) for clause in written} == written


def test_what_people_typed_ends_with_one_full_stop_and_quotes_do_not_nest():
    assert sentence("一、征地未完成。\n二、雨季停工；") == "一、征地未完成；二、雨季停工。"
    assert quoted("编制“十五五”计划") == "“编制‘十五五’计划”"
    assert measures_text(((Measure.URGING, 2), (Measure.REMINDER, 1))) == "提醒1次、催办2次"


@pytest.mark.parametrize("measure", list(Measure))
def test_from_a_circular_up_no_letter_is_made_of_an_alert(measure):
    made = letters_for_alert(measure, AlertState.OPEN)
    assert len(made) == (measure in list(Measure)[:4])
    assert not letters_for_alert(measure, AlertState.SUPERSEDED)
    assert not letters_for_extension(ExtensionState.LAPSED, asked_by_unit=True)


def test_an_urging_tells_both_dates_and_who_gets_a_copy():
    letter = letters.urging(FACTS)
    said = text_of(letter)
    assert letter.title == "关于甲县建成学校任务的催办函"
    assert "《某州实施方案》（以下简称《方案》）第三部分第（一）项第2点要求，甲县“建成学校”任务由你单位负责" in said
    assert "原定于2026年9月30日前完成，现行时限为2026年12月31日" in said
    assert "距时限届满还有39天（按原定时限已逾期53天）" in said
    assert letter.distribution is not None
    assert letter.distribution.copies_to == ("某州教育局",)


def test_each_trigger_has_its_own_words():
    lagging = text_of(letters.urging(replace(FACTS, trigger=RungTrigger.LAGGING)))
    assert "自2026年7月1日起滞后于序时进度，填报进度40%，序时进度66.7%，相差26.7个百分点" in lagging
    back = replace(MATTER, standing=Standing.REGRESSED, since_on=date(2026, 11, 3))
    regressed = replace(FACTS, trigger=RungTrigger.REGRESSION, matter=back)
    assert "销号后于2026年11月3日被认定滑坡" in text_of(letters.urging(regressed))
    assert "目前进度|已销号，2026年11月3日认定滑坡" in text_of(supervision_notices.compose(regressed))
    silent = replace(
        FACTS,
        trigger=RungTrigger.MISSING_REPORT,
        matter=None,
        missing=MissingReports("2026年第三季度", date(2026, 10, 12), ("建成学校", "建成食堂")),
    )
    assert "已超过报送截止日41天，尚有2项任务未报送：“建成学校”、“建成食堂”" in text_of(letters.urging(silent))
    assert "督办事由|你单位承担" in text_of(supervision_notices.compose(silent))
    unanswered = replace(
        FACTS,
        trigger=RungTrigger.UNANSWERED,
        unanswered=UnansweredNotice(Measure.SUPERVISION_NOTICE, date(2026, 11, 2), date(2026, 11, 9), "建成学校"),
    )
    assert "要求你单位于2026年11月9日前书面回复。截至2026年11月22日仍未收到回复，逾期13天。" in text_of(
        letters.urging(unanswered)
    )


def test_limits_that_differ_are_told_by_unit_and_a_provisional_one_says_so():
    limits = (
        AnswerLimit(date(2026, 11, 27), False, ("甲县人民政府",)),
        AnswerLimit(date(2027, 1, 4), True, ("乙县人民政府",)),
    )
    order = replace(FACTS, measure=Measure.RECTIFICATION_ORDER, clause="七(二十三)", limits=limits)
    said = text_of(supervision_notices.compose(order))
    assert (
        "反馈时限|甲县人民政府为2026年11月27日；乙县人民政府为2027年1月4日（所跨年度放假安排尚未公布，暂按周末推算）"
        in said
    )
    assert "督办要求|限期整改。" in said
    assert "现行时限|2026年12月31日\n逾期天数|0天；按原定时限逾期53天" in said
    assert "督办措施依据《方案》第七部分第（二十三）项" in said


def test_a_case_of_a_group_with_several_milestones_tells_them_in_a_table():
    notice = interview_papers.notice(CASE)
    said = text_of(notice)
    assert notice.title == "关于约谈各县人民政府有关负责人的通知书"
    assert "各责任单位负责的以下2项任务中，1项逾期未完成。此前，对上述任务已提醒1次、催办2次。" in said
    assert "经要求陈述，各责任单位未在作出决定前提交情况陈述。经研究，2026年11月20日决定" in said
    assert "被约谈人|甲县人民政府：王某（县长）" in said
    table = next(block for block in notice.blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["甲县建成学校", "甲县乙县校舍达标"]
    circular = criticism_circulars.compose(CASE)
    assert circular.addressee == "各县（市、区）人民政府，各责任单位："
    assert "各县人民政府（甲县人民政府、乙县人民政府）负责" in text_of(circular)
    alone = replace(MATTER, standing=Standing.REGRESSED)
    assert (
        criticism_circulars.compose(replace(CASE, matters=(alone,))).title == "关于各县人民政府有关任务出现滑坡的通报"
    )


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于集团化办学全覆盖任务的提醒函", ("关于集团化办学全覆盖任务的提醒函",)),
        (
            "关于编制完成“十五五”义务教育学校建设计划任务的催办函",
            ("关于编制完成“十五五”", "义务教育学校建设计划任务的催办函"),
        ),
        (
            "关于小学巩固率100%、初中三年巩固率95%以上任务的提醒函",
            ("关于小学巩固率100%、", "初中三年巩固率95%以上任务的提醒函"),
        ),
    ],
)
def test_a_title_breaks_between_words(title, lines):
    assert title_lines(title) == lines


def test_a_title_of_any_length_is_set_whole():
    for text in ("长" * 140, "A" * 140, "（" * 60, "的" * 50):
        found = title_lines("关于", text, "任务的函")
        assert "".join(found) == f"关于{text}任务的函"
        assert all(len(line) <= LINE * 2 for line in found)


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("石柱县推进义务教育优质均衡发展工作方案（2020—2029年）", "《方案》"),
        ("市政府关于统筹推进城乡义务教育一体化的实施意见", "《实施意见》"),
        ("洛阳市推进义务教育优质均衡发展具体举措", "《具体举措》"),
        ("某县三年行动计划(2024-2026)", "《行动计划》"),
        ("关于印发《某市规划》的通知", "《规划》"),
        ("某市教育强市之路", "《方案》"),
    ],
)
def test_a_plan_is_called_by_what_its_title_ends_with(title: str, short: str):
    assert short_form(title) == short
    said = text_of(letters.urging(replace(FACTS, clause="七", head=replace(HEAD, plan_title=title))))
    assert f"以下简称{short}）" in said
    assert f"本次催办依据{short}第七部分" in said


def test_a_notice_names_its_plan_in_full_once():
    silent = replace(
        FACTS,
        trigger=RungTrigger.MISSING_REPORT,
        matter=None,
        missing=MissingReports("2026年第三季度", date(2026, 10, 12), ("建成学校",)),
    )
    said = text_of(supervision_notices.compose(silent))
    assert said.count("以下简称") == 1
    assert "督办事由|你单位承担《方案》有关任务" in said
    assert "承担《某州实施方案》（以下简称《方案》）有关任务" in text_of(letters.urging(silent))


def test_an_office_belongs_to_the_organ_whose_name_it_bears_to_its_government_and_to_its_supervisor():
    office = "喀什地区行政公署办公室"
    assert is_superior(office, "喀什地区行政公署", governs=False, supervises=False)
    assert not is_superior(office, "喀什市人民政府", governs=False, supervises=False)
    assert not is_superior(office, office, governs=False, supervises=False)
    assert is_superior("某市教育局", "某市人民政府", governs=True, supervises=False)
    assert is_superior("领导小组办公室", "某市教育局", governs=False, supervises=True)


def test_a_criticism_is_addressed_to_districts_only_where_there_are_any():
    assert criticism_circulars.compose(CASE).addressee == "各县（市、区）人民政府，各责任单位："
    counties = replace(CASE, counties=("甲县", "乙市"))
    assert criticism_circulars.compose(counties).addressee == "各县市人民政府，各责任单位："
    assert criticism_circulars.compose(replace(CASE, counties=())).addressee == "各责任单位："
