"""What the circular says, for plans of every size."""

from datetime import date

import pytest

from app.domain.circulars import CircularFacts, Verdict
from app.domain.vocabulary import Standing
from app.printouts.circulars import compose
from app.printouts.documents import Document, Heading, Paragraph, Table
from tests.printouts.invented import facts, milestone, targets

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
        == "关于2026年第三季度《石柱土家族自治县推进县域义务教育优质均衡发展国家认定工作实施方案》落实情况的通报"
    )
