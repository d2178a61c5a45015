"""Reports by workbook: downloaded, filled in, held against what stands, saved and submitted; on both engines."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.core.database import write_session
from app.domain.access import Actor
from app.domain.periods import OwedState
from app.domain.vocabulary import DecisionKind
from app.models import Report, ReportDraft, ReportValue
from app.queries.report_forms import drafts_of
from app.services import days, report_submissions, report_workbooks, report_workbooks_writing
from app.services.errors import InputError
from app.services.import_archive import UnreadableFileError
from app.services.report_submissions import BatchRejectedError
from app.services.report_workbooks_preview import Fate, Preview, preview
from tests.support.desk import NOW
from tests.support.facts import add_decision, day, noon
from tests.support.reporters import Reporters, reporters_of

TODAY = day("2026-11-22")
LATER = NOW + timedelta(minutes=5)
SCHOOL, PLACES, ROTATION = "north-school-done", "places-2028", "rotation-2026"


class Filled:
    """A downloaded workbook in somebody's hands."""

    def __init__(self, content: bytes) -> None:
        self.book: Any = openpyxl.load_workbook(BytesIO(content))

    def cell(self, sheet: str, heading: str, title: str, nth: int = 0) -> Any:
        """Return a cell by its heading and its milestone's text."""
        page = self.book[sheet]
        headings = [cell.value for cell in page[1]]
        found = [row for row in page.iter_rows(min_row=2) if row[headings.index("任务内容")].value == title]
        return found[nth][headings.index(heading)]

    def fill(self, title: str, **cells: Any) -> None:
        """Fill cells of a report by heading."""
        for heading, value in cells.items():
            self.cell("填报", "完成比例（%）" if heading == "完成比例" else heading, title).value = value

    @property
    def content(self) -> bytes:
        buffer = BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()


def download(those: Reporters, actor: Actor, now: datetime = NOW) -> Filled:
    return Filled(report_workbooks.workbook(those.session, actor, None, actor.name, now=now))


def look(those: Reporters, actor: Actor, file: Filled) -> Preview:
    return preview(those.session, actor, file.content, TODAY)


def write(
    those: Reporters, actor: Actor, file: Filled, how: Callable[..., Any], taken: dict[int, str] | None = None
) -> Any:
    seen = look(those, actor, file).seen
    return how(those.session, actor, file.content, seen=seen, taken=taken or {}, now=LATER)


def title(those: Reporters, key: str) -> str:
    return those.row(those.jia, key).title


def targets(those: Reporters) -> list[int]:
    query = sa.text("SELECT id FROM target WHERE milestone_id = :id ORDER BY position")
    return list(those.session.execute(query, {"id": those.desk.id_of(PLACES)}).scalars())


def test_what_is_filled_in_as_excel_stores_it_equals_what_is_typed(engine: Engine):
    with reporters_of(engine) as those:
        file = download(those, those.jia)
        assert look(those, those.jia, file).reports == ()
        assert look(those, those.jia, file).unchanged == 5
        file.fill(
            title(those, SCHOOL),
            截至日期=datetime(2026, 11, 20),
            完成比例=0.35,
            工作进展="=主体封顶\n+内装",
            申请销号="√",
        )
        file.cell("填报", "完成比例（%）", title(those, SCHOOL)).number_format = "0%"
        file.cell("填报", "工作进展", title(those, SCHOOL)).data_type = "s"
        file.fill(title(those, SCHOOL), 达到日期="2026年11月19日")
        file.fill(title(those, PLACES), 截至日期="2026.11.21", 完成比例="４５％", 工作进展="新增学位")
        file.cell("监测值", "监测值", title(those, PLACES)).value = "1,200"
        file.cell("监测值", "说明", title(those, PLACES)).value = "含民办"
        file.fill(title(those, ROTATION), 无变化="是")
        found = look(those, those.jia, file)
        assert [item.fate for item in found.reports].count(Fate.NEEDS_FILE) == 1
        assert (len(found.reports), found.unchanged, found.problems) == (3, 2, ())
        outcome = write(those, those.jia, file, report_workbooks_writing.submit)
        assert (outcome.submitted, outcome.saved) == (2, 1)
        whole = targets(those)[0]
        row = those.row(those.jia, SCHOOL)
        draft = drafts_of(those.session, [row.id])[row.id]
        assert row.state is OwedState.DRAFT
        assert draft.typed == {
            "reported_on": "2026-11-20",
            "share_pct": "35",
            "summary": "=主体封顶\n+内装",
            "claims_completion": "1",
            "reached_on": "2026-11-19",
        }
        reports = {report.summary: report for report in those.session.scalars(sa.select(Report))}
        assert reports["新增学位"].share_pct == Decimal(45)
        assert reports["新增学位"].reported_on == day("2026-11-21")
        assert reports[""].no_change
        values = those.session.scalars(sa.select(ReportValue)).all()
        assert [(value.target_id, value.value, value.explanation) for value in values] == [
            (whole, Decimal(1200), "含民办")
        ]
        again = look(those, those.jia, file)
        assert (again.handed_in, [item.saved for item in again.reports]) == (2, [True])
        assert write(those, those.jia, file, report_workbooks_writing.submit).submitted == 0
        assert len(those.session.scalars(sa.select(Report)).all()) == 2


def test_rows_may_be_moved_or_deleted_and_columns_stand_elsewhere(engine: Engine):
    with reporters_of(engine) as those:
        file = download(those, those.jia)
        file.fill(title(those, SCHOOL), 工作进展="完成吊装")
        page = file.book["填报"]
        rows = [[cell.value for cell in row] for row in page.iter_rows()]
        names = [title(those, SCHOOL), title(those, ROTATION)]
        kept = [rows[0], *(row for row in reversed(rows[1:]) if row[3] in names)]
        new = file.book.create_sheet("我的填报")
        del file.book["填报"], file.book["监测值"]
        new.append(["县里自己的标题"])
        for row in kept:
            new.append([*reversed(row)])
        new.append(["以上属实"])
        (report,) = look(those, those.jia, file).reports
        assert (report.typed["summary"], report.fate) == ("完成吊装", Fate.READY)
        assert report.fields[-1].cell.startswith("我的填报!")


def test_what_is_wrong_is_named_at_its_cell_and_nothing_is_written(engine: Engine):
    with reporters_of(engine) as those:
        file = download(those, those.jia)
        file.fill(title(those, SCHOOL), 完成比例="约三成", 工作进展="吊装")
        file.fill(title(those, PLACES), 完成比例=140, 无变化="也许", 截至日期="上周")
        file.fill(title(those, ROTATION), 工作进展="好的")
        file.cell("监测值", "监测值", title(those, PLACES)).value = "很多"
        file.cell("监测值", "监测值", title(those, PLACES), 1).value = "12公里"
        found = look(those, those.jia, file)
        wrong = {field.cell for report in found.reports for field in report.fields if field.problem}
        cells = [
            ("填报", "完成比例（%）", SCHOOL, 0),
            ("填报", "完成比例（%）", PLACES, 0),
            ("填报", "无变化", PLACES, 0),
        ]
        cells += [("填报", "截至日期", PLACES, 0), ("监测值", "监测值", PLACES, 0), ("监测值", "监测值", PLACES, 1)]
        at = {f"{s}!{file.cell(s, heading, title(those, key), nth).coordinate}" for s, heading, key, nth in cells}
        assert at <= wrong
        assert not found.can_submit
        with pytest.raises(InputError, match="needs a correction"):
            write(those, those.jia, file, report_workbooks_writing.submit)
        assert those.session.scalars(sa.select(ReportDraft)).all() == []
        assert write(those, those.jia, file, report_workbooks_writing.save_drafts).saved == 3
        row = those.row(those.jia, PLACES)
        typed = drafts_of(those.session, [row.id])[row.id].typed
        assert (typed["share_pct"], typed["reported_on"], typed.get("no_change")) == ("140", "上周", None)


def test_a_draft_that_somebody_else_changed_is_shown_with_both_texts_and_left_alone(engine: Engine):
    with reporters_of(engine) as those:
        file = download(those, those.jia)
        untouched = download(those, those.jia)
        file.fill(title(those, SCHOOL), 工作进展="我写的")
        file.fill(title(those, ROTATION), 工作进展="另一项")
        other = Actor(those.office.account_id, "同事", those.jia.role, those.jia.scope)
        theirs = those.draft(other, SCHOOL, summary="同事写的")
        assert look(those, those.jia, untouched).reports == ()
        found = look(those, those.jia, file)
        (overtaken,) = found.of(Fate.OVERTAKEN)
        assert [(f.before, f.after) for f in overtaken.fields if f.name == "summary"] == [("同事写的", "我写的")]
        assert write(those, those.jia, file, report_workbooks_writing.save_drafts).saved == 1
        assert drafts_of(those.session, [theirs.id])[theirs.id].typed["summary"] == "同事写的"
        done = write(those, those.jia, file, report_workbooks_writing.submit, {theirs.id: theirs.mark})
        assert done.submitted == 2
        file.fill(title(those, SCHOOL), 工作进展="交过以后又改")
        assert [item.row.id for item in look(those, those.jia, file).of(Fate.OVERTAKEN)] == [theirs.id]
        with pytest.raises(InputError, match="something changed"):
            report_workbooks_writing.submit(
                those.session, those.jia, file.content, seen=found.seen, taken={}, now=LATER
            )


def test_only_ones_own_reports_of_open_periods_are_taken(engine: Engine):
    with reporters_of(engine) as those:
        file = download(those, those.jia)
        yi = download(those, those.yi)
        with pytest.raises(InputError, match="another unit"):
            look(those, those.yi, file)
        page = file.book["填报"]
        page.append([cell.value for cell in yi.book["填报"][2]])
        page.append([cell.value for cell in page[2]])
        lines = [page.max_row - 1, page.max_row]
        file.fill(title(those, SCHOOL), 工作进展="有进展")
        found = look(those, those.jia, file)
        assert {item.cell for item in found.problems} == {f"填报!D{line}" for line in lines}
        for how in (report_workbooks_writing.submit, report_workbooks_writing.save_drafts):
            with pytest.raises(InputError, match="needs a correction"):
                write(those, those.jia, file, how)
        plain = openpyxl.Workbook()
        plain.active["A1"] = "别的表"
        with pytest.raises(UnreadableFileError, match="no workbook of reports"):
            look(those, those.jia, Filled(_saved(plain)))
        closed = noon("2027-02-01")
        days.begin(those.session, closed)
        with pytest.raises(InputError, match="closed for entry"):
            preview(those.session, those.jia, yi_free(file), day("2027-02-01"))


def test_all_are_submitted_or_none_and_what_was_typed_never_becomes_a_formula(engine: Engine):
    with reporters_of(engine) as those:
        those.draft(those.jia, SCHOOL, summary='=HYPERLINK("http://x","y")', share_pct="很多", value_of_1="1")
        file = download(those, those.jia)
        summary = file.cell("填报", "工作进展", title(those, SCHOOL))
        assert (summary.data_type, summary.quotePrefix) == ("s", True)
        assert look(those, those.jia, file).reports == ()
        file.fill(title(those, SCHOOL), 完成比例=30)
        file.fill(title(those, ROTATION), 工作进展="轮岗")
        content, seen = file.content, look(those, those.jia, file).seen
        rotation = those.row(those.jia, ROTATION)
        # Withdrawn, and nothing has been worked out anew: only the submission itself finds it.
        add_decision(those.session, those.desk.office, rotation.milestone_id, DecisionKind.WITHDRAW, NOW)
    with pytest.raises(BatchRejectedError) as refused, write_session(engine) as session:
        report_workbooks_writing.submit(session, those.jia, content, seen=seen, taken={}, now=LATER)
    assert set(refused.value.rows) == {rotation.id}
    with write_session(engine) as session:
        assert session.scalars(sa.select(Report)).all() == []
        assert [draft.version for draft in session.scalars(sa.select(ReportDraft))] == [1]


def test_an_implausible_value_is_asked_about_in_the_preview_and_taken_knowingly(engine: Engine):
    with reporters_of(engine) as those:
        whole = targets(those)[0]
        row = those.draft(those.jia, PLACES, NOW, **{f"value_of_{whole}": "1000"})
        report_submissions.submit(those.session, those.jia, row.id, seen=row.mark, now=NOW)
        file = download(those, those.jia)
        file.cell("监测值", "监测值", title(those, PLACES)).value = 9000
        (report,) = look(those, those.jia, file).reports
        assert [field.heading for field in report.fields if field.doubt] == ["说明"]
        assert (report.doubted, report.fate) == ((whole,), Fate.READY)
        assert write(those, those.jia, file, report_workbooks_writing.submit).submitted == 1
        # An amendment took the targets out: rows that nobody touched say nothing, a touched one is named.
        those.session.execute(
            sa.text("UPDATE target SET retired_by_id = (SELECT min(id) FROM plan_revision) WHERE milestone_id = :id"),
            {"id": row.milestone_id},
        )
        cell = file.cell("监测值", "监测值", title(those, PLACES)).coordinate
        assert [item.cell for item in look(those, those.jia, file).problems] == [f"监测值!{cell}"]


def _saved(book: Any) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def yi_free(file: Filled) -> bytes:
    """Return the file without the two rows that were added."""
    page = file.book["填报"]
    page.delete_rows(page.max_row - 1, 2)
    return file.content
