"""Official documents: drafted, worded, checked by another, issued once with the next number, frozen, corrected."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from app.core.database import Engine, write_session
from app.core.files import stored_path
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import DocumentKind, DocumentState, FileFormat, Subject, SubjectKind, fingerprint
from app.domain.vocabulary import Role
from app.models import Account, DocumentNumber, DocumentStep, OfficialDocument, Plan, Printout, Report
from app.printouts.documents import Distribution, Document, Heading, Paragraph, Slot, Table, cell_text, tables_of
from app.printouts.frozen import content_hash, freeze, thaw
from app.queries import document_numbers
from app.queries.circulars import CutOff
from app.services import document_issues, official_documents
from app.services import document_numbers as numbers
from app.services.document_issues import IssueInput, Prepared
from app.services.document_words import correcting, read_words
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from app.services.evidence import StoredUpload
from app.services.official_documents import Drawn
from tests.support.facts import Office, add_milestone, day, noon, office

NOW = noon("2026-10-09")
SIGNED = IssueInput("试均衡办", "王主任（虚构）", date(2026, 10, 9))


@dataclass(frozen=True)
class Room:
    """An office with two at their desks, and where its printed files go."""

    engine: Engine
    of: Office
    organ: int
    writer: Actor
    checker: Actor
    settings: Settings

    def drawn(self, quarter: str = "2026Q3") -> Drawn:
        at = CutOff(date(2026, 9, 30), noon("2026-09-30"), None)
        wanted = Subject(SubjectKind.QUARTER, quarter)
        return Drawn(self.of.plan_id, self.organ, DocumentKind.QUARTERLY_CIRCULAR, wanted, at, _document())

    def draft(self, session: Session, quarter: str = "2026Q3") -> OfficialDocument:
        return official_documents.keep_draft(session, self.writer, self.drawn(quarter), now=NOW)

    def checked(self, quarter: str = "2026Q3") -> int:
        with write_session(self.engine) as session:
            row = self.draft(session, quarter)
            assert row.id is not None
            official_documents.check(session, self.checker, row.id, 1, now=NOW)
            return row.id

    def prepared(self, document_id: int, given: IssueInput = SIGNED) -> Prepared:
        """Prepare an issue whose files are not the matter here: only the workbook is written."""
        with write_session(self.engine) as session:
            document_issues.check_issue(session, self.writer, document_id, given, now=NOW)
            row = session.get_one(OfficialDocument, document_id)
            assert given.signed_on is not None
            serial = document_numbers.next_serial(session, self.organ, given.series, given.signed_on.year)
            document = replace(thaw(row.content), number_line=f"{given.series}〔2026〕{serial}号")
            return Prepared(
                document_id, row.version, given, serial, document, freeze(document),
                {FileFormat.XLSX: b"bytes"},
            )  # fmt: skip

    def issued(self, document_id: int) -> None:
        while True:
            prepared = self.prepared(document_id)
            try:
                with write_session(self.engine) as session:
                    document_issues.keep_issue(session, self.writer, prepared, settings=self.settings, now=NOW)
                return
            except ConflictError as taken:
                if "number" not in str(taken):
                    raise

    def row(self, document_id: int) -> OfficialDocument:
        with write_session(self.engine) as session:
            found = session.get_one(OfficialDocument, document_id)
            session.expunge(found)
            return found


def _document() -> Document:
    return Document(
        red_mark="试验县教育均衡办公室文件",
        number_line="〔2026〕　号",
        title_lines=("关于2026年第三季度", "落实情况的通报"),
        addressee="各责任单位：",
        blocks=(
            Paragraph("现将进展情况通报如下。", Slot.OPENING),
            Heading("一、总体情况"),
            Paragraph("任务共12项，已销号3项。"),
            Paragraph("请抓紧落实。", Slot.CLOSING),
        ),
        annexes=(),
        signature="试验县教育均衡办公室",
        signed_on=None,
        distribution=Distribution((), "试验县教育均衡办公室", None),
        data_as_of=noon("2026-09-30"),
    )


@pytest.fixture
def room(engine: Engine, tmp_path: Path) -> Room:
    with write_session(engine) as session:
        of = office(session)
        people = []
        for name in ("writer", "checker"):
            account = Account(
                name=f"{name}-{of.plan_id}", display_name=name, password_hash="-", role=Role.OFFICE,
                plan_id=of.plan_id, created_at=NOW,
            )  # fmt: skip
            session.add(account)
            session.flush()
            people.append(Actor(account.id, name, Role.OFFICE))
        organ = session.get_one(Plan, of.plan_id).office_id
    return Room(engine, of, organ, people[0], people[1], Settings(data_dir=tmp_path))


def test_a_draft_goes_from_writing_over_checking_to_its_issue_and_each_step_is_on_record(room: Room) -> None:
    with write_session(room.engine) as session:
        row = room.draft(session)
        words = {Slot.OPENING: "现将三季度情况通报如下。\n请认真阅读。"}
        official_documents.rewrite(session, room.writer, row.id or 0, 1, words, now=NOW)
        with pytest.raises(ForbiddenError, match="did not write"):
            official_documents.check(session, room.writer, row.id or 0, 2, now=NOW)
        session.rollback()
    document_id = room.checked()
    room.issued(document_id)
    row = room.row(document_id)
    assert (row.state, row.number) == (DocumentState.ISSUED, "试均衡办〔2026〕1号")
    assert (row.signed_by, row.signed_on, row.content_sha256) == (
        "王主任（虚构）",
        date(2026, 10, 9),
        content_hash(row.content),
    )
    with write_session(room.engine) as session:
        kinds = session.scalars(sa.select(col(DocumentStep.kind)).order_by(col(DocumentStep.id))).all()
        [file] = session.scalars(sa.select(Printout).where(col(Printout.document_id) == document_id)).all()
    assert [kind.value for kind in kinds] == ["draft", "check", "issue"]
    assert stored_path(room.settings.printouts_dir, file.sha256).read_bytes() == b"bytes"


def test_words_stand_in_their_places_as_paragraphs_and_figures_stay(room: Room) -> None:
    with write_session(room.engine) as session:
        row = room.draft(session)
        document_id = row.id or 0
        words = {Slot.OPENING: "现将三季度情况通报如下。\n\n  请认真阅读。 "}
        official_documents.rewrite(session, room.writer, document_id, 1, words, now=NOW)
        official_documents.rewrite(session, room.writer, document_id, 2, {Slot.CLOSING: "请于10月底前整改。"}, now=NOW)
        texts = [block.text for block in thaw(row.content).blocks if isinstance(block, Paragraph)]
        assert texts == ["现将三季度情况通报如下。", "请认真阅读。", "任务共12项，已销号3项。", "请于10月底前整改。"]
        again = replace(
            room.drawn(), document=replace(_document(), blocks=(*_document().blocks[:2], Paragraph("新。")))
        )
        official_documents.refresh(session, room.writer, document_id, 3, again, now=NOW)
        texts = [block.text for block in thaw(row.content).blocks if isinstance(block, Paragraph)]
        assert texts == ["现将三季度情况通报如下。", "请认真阅读。", "新。"]
        assert read_words(row.words).keys() == {Slot.OPENING}


def test_what_cannot_be_taken_is_refused_with_its_reason_and_changes_nothing(room: Room) -> None:
    elsewhere = replace(room.writer, scope=replace(room.writer.scope, plan_id=room.of.plan_id + 1000))
    with write_session(room.engine) as session:
        document_id = room.draft(session).id or 0
    for words, field in (({Slot.OPENING: "  "}, "opening"), ({Slot.CLOSING: "长" * 2001}, "closing")):
        with pytest.raises(InputError) as refused, write_session(room.engine) as session:
            official_documents.rewrite(session, room.writer, document_id, 1, words, now=NOW)
        assert list(refused.value.problems) == [field]
    with pytest.raises(ConflictError, match="meanwhile"), write_session(room.engine) as session:
        official_documents.rewrite(session, room.writer, document_id, 7, {}, now=NOW)
    with pytest.raises(NotFoundError), write_session(room.engine) as session:
        official_documents.check(session, elsewhere, document_id, 1, now=NOW)
    with pytest.raises(ConflictError, match="Only a checked"), write_session(room.engine) as session:
        document_issues.check_issue(session, room.writer, document_id, SIGNED, now=NOW)
    with pytest.raises(InputError), write_session(room.engine) as session:
        official_documents.discard(session, room.writer, document_id, 1, " ", now=NOW)
    wrong = IssueInput("ABC", "", day("2026-10-10"))
    checked = room.checked("2026Q2")
    with pytest.raises(InputError) as refused, write_session(room.engine) as session:
        document_issues.check_issue(session, room.writer, checked, wrong, now=NOW)
    assert list(refused.value.problems) == ["series", "signed_by", "signed_on"]
    assert room.row(document_id).state is DocumentState.DRAFT


def test_an_issued_document_and_a_discarded_one_can_be_neither_changed_nor_deleted(room: Room) -> None:
    document_id = room.checked()
    room.issued(document_id)
    with write_session(room.engine) as session:
        gone = room.draft(session).id or 0
        official_documents.discard(session, room.writer, gone, 1, "重复起草", now=NOW)
    for statement in (
        sa.text("UPDATE official_document SET content = 'x' WHERE id = :id"),
        sa.text("DELETE FROM official_document WHERE id = :id"),
    ):
        for one in (document_id, gone):
            with pytest.raises(DBAPIError), room.engine.begin() as connection:
                connection.execute(statement, {"id": one})


def test_a_document_to_a_superior_names_who_signed_it_and_no_other_does(room: Room) -> None:
    named = {}
    for signer in ("　　　", ""):
        drawn = replace(room.drawn(), document=replace(_document(), signer=signer))
        with write_session(room.engine) as session:
            row = official_documents.keep_draft(session, room.writer, drawn, now=NOW)
            document_id = row.id or 0
            official_documents.check(session, room.checker, document_id, 1, now=NOW)
        with write_session(room.engine) as session:
            prepared = document_issues.prepare(
                session, room.writer, document_id, SIGNED, settings=room.settings, base_url="https://j.example", now=NOW
            )
        named[signer] = prepared.document.signer
    assert named == {"　　　": SIGNED.signed_by, "": ""}


def test_numbers_follow_on_each_other_whoever_issues_at_the_same_time(room: Room) -> None:
    ids = [room.checked(f"202{year}Q1") for year in range(2, 8)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(room.issued, ids))
    assert sorted(room.row(one).number or "" for one in ids) == [f"试均衡办〔2026〕{n}号" for n in range(1, 7)]
    with write_session(room.engine) as session:
        entered = numbers.enter_paper_numbers(
            session, room.writer, room.of.plan_id, series="试均衡办", year=2026, up_to=9, reason="纸质文件", now=NOW
        )
        assert entered == 3
        rows = session.execute(sa.select(col(DocumentNumber.serial), col(DocumentNumber.reason))).all()
    assert sorted(serial for serial, _ in rows) == list(range(1, 10))
    assert [reason for serial, reason in sorted(rows) if serial > 6] == ["纸质文件"] * 3
    last = room.checked()
    room.issued(last)
    assert room.row(last).number == "试均衡办〔2026〕10号"


def test_a_correction_is_a_new_document_that_names_the_old_one_and_there_is_one(room: Room) -> None:
    document_id = room.checked()
    room.issued(document_id)
    old = room.row(document_id)
    document = correcting(_document(), old.title, old.number)
    drawn = replace(room.drawn(), document=document, corrected=old)
    with write_session(room.engine) as session:
        row = official_documents.keep_draft(session, room.writer, drawn, now=NOW)
        assert row.corrects_id == document_id
        assert row.title.endswith("的通报（更正）")
        assert "试均衡办〔2026〕1号" in row.content
        with pytest.raises(ConflictError, match="already"):
            official_documents.keep_draft(session, room.writer, drawn, now=NOW)
        official_documents.discard(session, room.writer, row.id or 0, 1, "不再需要", now=NOW)
        official_documents.keep_draft(session, room.writer, drawn, now=NOW)


def test_a_correction_sets_titles_within_a_title_in_single_marks() -> None:
    [sentence, *_] = correcting(_document(), "关于《方案》落实情况的通报", "试均衡办〔2026〕1号").blocks
    assert isinstance(sentence, Paragraph)
    assert sentence.text.startswith("本件为对《关于〈方案〉落实情况的通报》（试均衡办〔2026〕1号）的更正")


def test_a_signed_copy_is_filed_beside_an_issued_document_only(room: Room) -> None:
    scan = StoredUpload("盖章件.pdf", "application/pdf", 12, "ab" * 32)
    document_id = room.checked()
    with pytest.raises(ConflictError), write_session(room.engine) as session:
        document_issues.file_scan(session, room.writer, document_id, scan, "", now=NOW)
    room.issued(document_id)
    with write_session(room.engine) as session:
        assert document_issues.file_scan(session, room.writer, document_id, scan, "已盖章", now=NOW).id


def test_the_printed_fingerprint_is_the_beginning_of_the_contents_hash() -> None:
    assert fingerprint("3f2a91c077be0d14" + "0" * 48) == "3f2a 91c0 77be 0d14"


def test_a_correction_counts_what_was_recorded_late_and_only_an_issued_document_has_one(room: Room) -> None:
    with write_session(room.engine) as session:
        milestone = add_milestone(session, room.of, "2026-01-01", "2026-08-31")
        plan_id, kind = room.of.plan_id, DocumentKind.QUARTERLY_CIRCULAR
        first = official_documents.draw(session, room.writer, plan_id=plan_id, kind=kind, key="2026Q3", now=NOW)
        row = official_documents.keep_draft(session, room.writer, first, now=NOW)
        assert row.id is not None
        with pytest.raises(ConflictError, match="issued"):
            official_documents.draw_correction(session, room.writer, row.id, now=NOW)
        official_documents.check(session, room.checker, row.id, 1, now=NOW)
        document_id = row.id
    room.issued(document_id)
    late = NOW + timedelta(days=1)
    with write_session(room.engine) as session:
        session.add(
            Report(
                milestone_id=milestone,
                organization_id=room.of.organization_id,
                author_id=room.of.account_id,
                reported_on=day("2026-09-20"),
                recorded_at=late,
                summary="补报（虚构）",
                share_pct=Decimal(60),
            )
        )
        session.flush()
        late += timedelta(hours=1)
        again = official_documents.draw_correction(session, room.writer, document_id, now=late)
    assert (again.cut_off.on, again.cut_off.at) == (day("2026-09-30"), late)
    assert "未填报" in freeze(first.document)
    assert "60%" in said(again.document)


def said(document: object) -> str:
    """Return every table cell of a document as paper writes it."""
    assert isinstance(document, Document)
    tables = (one for one in tables_of(document) if isinstance(one, Table))
    rows = ((row, table.columns) for table in tables for row in table.rows)
    return " ".join(cell_text(cell, column) for row, columns in rows for cell, column in zip(row, columns, strict=True))


def test_an_issue_holds_to_the_version_that_the_signer_saw_and_to_the_day_of_its_draft(room: Room) -> None:
    document_id = room.checked()
    with write_session(room.engine) as session:
        document_issues.check_issue(session, room.writer, document_id, replace(SIGNED, version=2), now=NOW)
    with pytest.raises(ConflictError, match="meanwhile"), write_session(room.engine) as session:
        document_issues.check_issue(session, room.writer, document_id, replace(SIGNED, version=1), now=NOW)
    early = replace(SIGNED, signed_on=day("2026-10-08"))
    with pytest.raises(InputError, match="2026-10-09"), write_session(room.engine) as session:
        document_issues.check_issue(session, room.writer, document_id, early, now=NOW)
    last_year = replace(SIGNED, signed_on=day("2026-12-31"))
    with write_session(room.engine) as session:
        document_issues.check_issue(session, room.writer, document_id, last_year, now=noon("2027-01-04"))
