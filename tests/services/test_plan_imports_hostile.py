"""Cells that nobody plans for: the check answers every file with problems at cells or with changes, never a fault."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.core.database import make_engine, read_session
from app.domain.imports import ImportState, SheetSubject
from app.services.import_checking import check
from app.services.import_fields import FIELDS, SHEET_NAMES
from app.services.import_mapping import SheetOutline, guess
from app.services.import_reading import Workbook
from app.services.import_record import PlanRecord, read_record
from tests.support.imports import desk, workbook

WORDS = [
    "a-1",
    "坏",
    "2026年底前",
    "每年9月",
    "三年内",
    "教育局",
    "、、",
    "G1",
    "≥95%",
    "是",
    "小学",
    "新建",
    "县",
    "=1+1",
    "#REF!",
    "'; DROP TABLE plan --",
    "\ud7ff‮",
    "字" * 5000,
    "9" * 40,
    "2026-02-30",
    "1e999",
]
CELLS = st.one_of(
    st.none(),
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)),
)


@pytest.fixture
def record(sqlite_url: str, tmp_path: Path) -> PlanRecord:
    engine = make_engine(sqlite_url)
    at = desk(engine, tmp_path)
    with read_session(engine) as session:
        found = read_record(session, at.of.plan_id)
    engine.dispose()
    return found


def _book(subject: SheetSubject, rows: list[list[Any]], merge: int) -> bytes:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = SHEET_NAMES[subject]
    page.append([item.heading for item in FIELDS[subject]])
    for row in rows:
        page.append(row)
    if merge:
        page.merge_cells(start_row=2, end_row=1 + merge, start_column=merge, end_column=merge)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), subject=st.sampled_from(list(SheetSubject)))
def test_any_cells_are_answered_by_problems_or_changes(
    record: PlanRecord, data: st.DataObject, subject: SheetSubject
) -> None:
    width = len(FIELDS[subject])
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=5))
    content = _book(subject, rows, data.draw(st.integers(0, 4)))
    with Workbook(content) as book:
        mapping = guess([SheetOutline(sheet, book.outline(sheet)) for sheet in book.sheets])
        found = check(book, mapping, record, lambda _done: None)
    assert not (found.findings.errors and found.changes)
    for problem in found.findings.problems:
        assert problem.message
        assert problem.cell[0].isalpha()
        assert int(problem.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) >= 2


def test_texts_longer_than_their_columns_are_refused_at_their_cells(engine: Engine, tmp_path: Path) -> None:
    at = desk(engine, tmp_path)
    heads = ("编号", "任务内容", "条款", "时限", "责任条款", "指标", "目标值", "单位", "目标说明", "所属系列", "说明")
    long = "字" * 300
    import_id = at.hand_in(
        workbook(heads, ("a" * 81, long, long, "2026年底" + "前" * 80, long, "G1", 1, long, long, "s" * 81, long * 99))
    )
    assert {cell for cell, _ in at.problems(import_id)} >= {"A2", "C2", "D2", "E2", "H2", "I2"}
    second = at.hand_in(workbook(heads, ("a-1", long, "一", "2026年底前", None, None, None, None, None, "s" * 81)))
    assert {cell for cell, _ in at.problems(second)} == {"B2", "J2"}


def test_whatever_is_accepted_can_be_written_on_both_engines(engine: Engine, tmp_path: Path) -> None:
    at = desk(engine, tmp_path)
    texts = ["'; DROP TABLE plan --", "‮反", "<script>", "%(x)s 100%", "\U0001f600", "a\nb"]
    heads = ("编号", "任务内容", "条款", "时限", "备注", "指标", "目标值", "单位")
    rows = [(f"k-{no}", text, text, "2026年底前", text, "G1", 10**14, text[:5]) for no, text in enumerate(texts)]
    import_id = at.take_in(workbook(heads, *rows))
    assert (at.problems(import_id), at.item(import_id).state) == ([], ImportState.DONE)
    again = at.hand_in(at.on_record())
    assert (at.problems(again), at.item(again).changed) == ([], 0)
