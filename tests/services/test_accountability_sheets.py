"""What sheets, the rectification ledger and covers of case files tell of alerts, cases and rectification, and when."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.core.database import read_session, write_session
from app.domain.documents import Subject, SubjectKind
from app.domain.rectifications import RectificationStepKind
from app.domain.vocabulary import Measure
from app.models import LadderRung
from app.printouts.documents import Document
from app.printouts.frozen import freeze, thaw
from app.queries.circulars import CutOff
from app.services import alert_steps, cases, document_sheets, rectifications
from app.services.errors import NotFoundError
from tests.jobs.ledger import (
    LEADER_ACTOR,
    OFFICE_ACTOR,
    PLAN,
    TODAY,
    UNIT,
    UNIT_ACTOR,
    add_milestone,
    days,
    extend,
    lay_plan,
    noon,
    scan_on,
)
from tests.services.test_document_sheets import form, said, table
from tests.support.dossiers import ALERT, CASE, NOW, fill
from tests.support.sheets import plan_by_id

AT = CutOff(TODAY, NOW + timedelta(minutes=30), None)
OF_PLAN = Subject(SubjectKind.PLAN)
OF_PLACE = Subject(SubjectKind.PLACE, "1")
OF_UNIT = Subject(SubjectKind.UNIT, str(UNIT))
OF_CASE = Subject(SubjectKind.CASE, str(CASE))


@pytest.fixture
def bare(engine: Engine) -> Engine:
    """A case on one milestone that is late, and an alert that asks for an answer in five working days."""
    lay_plan(engine)
    with write_session(engine) as session:
        session.execute(sa.update(LadderRung).values(reply_days=5))
    add_milestone(engine, TODAY - days(40), due_phrase="2026年10月中旬前")
    scan_on(engine, TODAY)
    return engine


def drawn(engine: Engine, at: CutOff = AT) -> dict[str, Document]:
    with read_session(engine) as session:
        plan = plan_by_id(session, PLAN)
        return {
            "county": document_sheets.county_sheet(session, plan, OF_PLACE, at),
            "unit": document_sheets.unit_sheet(session, plan, OF_UNIT, at),
            "rectification": document_sheets.rectification_ledger(session, plan, OF_PLAN, at),
            "dossier": document_sheets.dossier(session, plan, OF_CASE, at),
        }


def test_open_alerts_and_cases_stand_on_the_sheets_of_place_and_unit(bare: Engine) -> None:
    sheets = drawn(bare)
    for name in ("county", "unit"):
        alerts, open_cases = table(sheets[name], "有效预警"), table(sheets[name], "在办问责案件")
        assert alerts == ((1, "催办", "建成学校", TODAY, "教育局", TODAY + days(5), None),)
        assert open_cases == ((1, "2026-001", "教育局", "建成学校", TODAY, "已立案"),)
        assert form(sheets[name])["预警问责整改"] == "有效预警1项，在办问责案件1件，无未办结整改事项"
    assert form(sheets["unit"])["填报和延期"] == "无逾期未报；未申请延期"
    late = CutOff(TODAY + days(9), noon(TODAY + days(9)), None)
    assert table(drawn(bare, late)["unit"], "有效预警")[0][-1] == 4
    other, before = Subject(SubjectKind.CASE, "99"), CutOff(TODAY - days(1), NOW - days(1), None)
    with read_session(bare) as session:
        plan = plan_by_id(session, PLAN)
        for subject, at in ((other, AT), (OF_CASE, before)):  # of no plan, or opened later
            with pytest.raises(NotFoundError):
                document_sheets.dossier(session, plan, subject, at)


def test_what_was_answered_reported_and_asked_for_stands_on_the_unit_sheet(bare: Engine, tmp_path: Path) -> None:
    fill(bare, tmp_path)
    sheet = drawn(bare)["unit"]
    assert not table(sheet, "有效预警")
    assert form(sheet)["填报和延期"] == "逾期未报1项次；申请延期1次"
    assert table(sheet, "尚未报送") == ((1, "2026年第二季度", "进展报告", 1, "三(一)2", date(2026, 7, 10), 135),)
    assert table(sheet, "延期申请") == ((1, "建成学校", TODAY, TODAY - days(40), date(2027, 3, 31), "未批准", None),)
    assert table(sheet, "责任任务")[0][4:] == (
        *("牵头", TODAY - days(40), TODAY - days(40), "逾期", 85, date(2026, 9, 30), 40),
    )


def test_the_rectification_ledger_follows_an_item_to_the_check_of_its_result(bare: Engine, tmp_path: Path) -> None:
    fill(bare, tmp_path)
    (row,) = table(drawn(bare)["rectification"], "整改台账")
    assert row[1:6] == (
        *("绿化未完成（县；通报；案件2026-001）", "教育局（王某（虚构））", "补植"),
        *(TODAY + days(20), TODAY + days(20)),
    )
    assert row[6:] == ("整改中", None, None, None, None, None)
    with write_session(bare) as session:
        for kind, actor, after in (
            (RectificationStepKind.EXTEND, OFFICE_ACTOR, 1),
            (RectificationStepKind.REPORT, UNIT_ACTOR, 41),
            (RectificationStepKind.ACCEPT, OFFICE_ACTOR, 42),
        ):
            rectifications.take_step(
                session, actor, 1, kind, text="已办（虚构）", now=NOW + days(after),
                due_on=TODAY + days(30) if kind is RectificationStepKind.EXTEND else None,
            )  # fmt: skip
    done = CutOff(TODAY + days(50), noon(TODAY + days(50)), None)
    ledger = drawn(bare, done)["rectification"]
    assert "布置整改事项1项：已验收销号1项。" in said(ledger)
    (row,) = table(ledger, "整改台账")
    assert row[4:9] == (
        *(TODAY + days(20), TODAY + days(30), "已验收销号", "验收销号：已办（虚构）", TODAY + days(41)),
    )
    assert row[9:] == ("2027年1月3日 office", None, 11)
    assert not table(drawn(bare, done)["county"], "未办结整改事项")


def test_the_cover_of_a_case_file_lists_its_papers_with_room_for_the_pen(bare: Engine, tmp_path: Path) -> None:
    fill(bare, tmp_path)
    cover = drawn(bare)["dossier"]
    head = form(cover)
    assert (head["案卷编号"], head["办理阶段"]) == ("2026-001", "整改中")
    assert (head["处理决定"], head["结案日期"]) == ("通报（通〔2026〕1号）", "未结案")
    assert head["卷内页数"] == head["保管期限"] == ""
    papers = table(cover, "卷内文件目录")
    named = {str(row[2]): row[4] for row in papers}
    assert named["处理决定（通报）"] == "通〔2026〕1号"
    assert named["催办送达回证（领导小组办公室）"] == "S-2026-000001"
    assert {"立案", "单位陈述", "延期申请：不批准延期", "领导批示", "整改任务（布置）"} <= set(named)
    assert [row[0] for row in papers] == list(range(1, 14))
    assert {row[5] for row in papers} == {None}
    files = [str(row[1]) for row in table(cover, "佐证材料目录")]
    assert files == ["（虚构）进度照片.pdf", 'CON<>:"/\\|?* 清单 〔U+13000〕.pdf.', "回证.pdf"]


def test_no_sheet_tells_what_happened_in_the_case_later(bare: Engine, tmp_path: Path) -> None:
    fill(bare, tmp_path)
    before = drawn(bare)
    later = NOW + days(1)
    with write_session(bare) as session:
        alert_steps.accept_answer(session, OFFICE_ACTOR, ALERT, UNIT, text="可", now=later)
        alert_steps.withdraw(session, OFFICE_ACTOR, ALERT, text="误发", now=later + days(1))
        cases.note(session, OFFICE_ACTOR, CASE, text="后来的事", now=later)
        cases.decide(
            session,
            LEADER_ACTOR,
            CASE,
            decision=cases.Decision(measure=Measure.INTERVIEW, clause="五(四)", document_number="约〔2026〕2号"),
            text="约谈",
            now=later,
        )
        rectifications.take_step(
            session, UNIT_ACTOR, 1, RectificationStepKind.REPORT, text="后来完成", now=later + days(2)
        )
    extend(bare, 1, TODAY + days(90), now=later)
    assert drawn(bare) == before
    after = drawn(bare, CutOff(TODAY + days(9), noon(TODAY + days(9)), None))
    assert all(after[name] != before[name] for name in before)
    assert "后来完成" in freeze(after["rectification"])
    assert "约〔2026〕2号" in form(after["dossier"])["处理决定"]
    assert all(thaw(freeze(document)) == document for document in before.values())
