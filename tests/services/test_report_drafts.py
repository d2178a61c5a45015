"""Drafts and submissions of expected reports, on both engines."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.database import write_session
from app.domain.periods import OwedState
from app.domain.vocabulary import DecisionKind, Standing
from app.models import DraftFile, Evidence, Report, ReportDraft, ReportValue
from app.queries.report_forms import drafts_of
from app.services import days, report_drafts, report_submissions, standings
from app.services.errors import InputError, NotFoundError
from app.services.evidence import StoredUpload
from tests.support.desk import NOW
from tests.support.facts import add_decision, counted, day, noon
from tests.support.reporters import reporters_of

PROOF = StoredUpload("证明.pdf", "application/pdf", 70, "a" * 64)
LATER = NOW + timedelta(minutes=5)


def test_a_draft_keeps_every_text_as_it_was_typed_right_or_wrong(engine: Engine):
    typed = {
        "reported_on": "昨天",
        "share_pct": "百分之四十",
        "summary": "  第一行\n第二行 ",
        "claims_completion": "1",
        "reached_on": "2026-13-40",
        "value-999": "很多",
        "why-7": "统计口径",
        "unknown": "no field of a report",
    }
    with reporters_of(engine) as those:
        row = those.row(those.jia, "north-school-done")
        assert (row.state, row.draft_version) == (OwedState.MISSING, None)
        row = report_drafts.save(those.session, those.jia, row.id, typed, [PROOF, PROOF], seen=row.mark, now=NOW)
        assert (row.state, row.draft_version, row.draft_author) == (OwedState.DRAFT, 1, "甲县人民政府")
        draft = drafts_of(those.session, [row.id])[row.id]
        assert draft.typed == {name: text for name, text in typed.items() if name != "unknown"}
        with pytest.raises(InputError) as refused:
            report_submissions.submit(those.session, those.jia, row.id, seen=row.mark, now=NOW)
        assert set(refused.value.problems) == {"reported_on", "share_pct", "reached_on", "value-999"}
        with pytest.raises(NotFoundError):
            report_drafts.save(those.session, those.yi, row.id, typed, seen=row.mark, now=NOW)
        with pytest.raises(InputError, match="at most"):
            report_drafts.save(those.session, those.jia, row.id, {"summary": "字" * 10_001}, seen=row.mark, now=NOW)


def test_of_two_who_write_at_once_the_second_is_told_and_nothing_typed_is_lost(engine: Engine):
    with reporters_of(engine) as those:
        opened = those.row(those.jia, "north-school-done")
        first = report_drafts.save(those.session, those.jia, opened.id, {"summary": "甲写"}, seen=opened.mark, now=NOW)
        second = {"summary": "乙写", "share_pct": "30"}
        with pytest.raises(report_drafts.OvertakenError) as told:
            report_drafts.save(those.session, those.jia, opened.id, second, seen=opened.mark, now=LATER)
        assert told.value.draft is not None
        assert told.value.draft.typed == {"summary": "甲写"}
        assert told.value.mark == first.mark
        with pytest.raises(report_drafts.OvertakenError):
            report_submissions.submit(those.session, those.jia, opened.id, seen=opened.mark, now=LATER)
        row = report_drafts.save(those.session, those.jia, opened.id, second, seen=told.value.mark, now=LATER)
        assert row.draft_version == 2
        assert drafts_of(those.session, [row.id])[row.id].typed == second
        with pytest.raises(report_drafts.OvertakenError):
            report_drafts.discard(those.session, those.jia, row.id, seen=first.mark, now=LATER)
        report_drafts.discard(those.session, those.jia, row.id, seen=row.mark, now=LATER)
        assert those.row(those.jia, "north-school-done").mark == opened.mark


def test_a_submitted_draft_becomes_the_report_with_its_files_and_is_gone(engine: Engine):
    with reporters_of(engine) as those:
        targets = those.session.execute(
            sa.text("SELECT id FROM target WHERE milestone_id = :id ORDER BY position"),
            {"id": those.desk.id_of("places-2028")},
        ).scalars()
        whole, primary, _junior = targets
        row = those.draft(
            those.jia, "places-2028", NOW, share_pct="45%", **{f"value_of_{whole}": "1200", f"why_of_{whole}": "含民办"}
        )
        row = report_drafts.save(
            those.session,
            those.jia,
            row.id,
            drafts_of(those.session, [row.id])[row.id].typed,
            [PROOF, StoredUpload("多余.pdf", "application/pdf", 9, "b" * 64)],
            seen=row.mark,
            now=NOW,
        )
        files = drafts_of(those.session, [row.id])[row.id].files
        texts = drafts_of(those.session, [row.id])[row.id].typed
        row = report_drafts.save(those.session, those.jia, row.id, texts, seen=row.mark, drop=[files[1].id], now=NOW)
        report_submissions.submit(those.session, those.jia, row.id, seen=row.mark, now=NOW)
        (report,) = those.session.scalars(sa.select(Report)).all()
        assert (report.expected_id, report.share_pct, report.summary) == (row.id, Decimal(45), "按计划推进")
        (value,) = those.session.scalars(sa.select(ReportValue)).all()
        assert (value.target_id, value.value, value.explanation) == (whole, Decimal(1200), "含民办")
        assert those.session.scalars(sa.select(col(Evidence.filename))).all() == ["证明.pdf"]
        assert those.session.scalars(sa.select(DraftFile)).all() == []
        assert those.session.scalars(sa.select(ReportDraft)).all() == []
        row = those.row(those.jia, "places-2028")
        assert (row.state, row.report_id, row.is_late(day("2026-11-22"))) == (OwedState.SUBMITTED, report.id, False)
        begun = report_drafts.begun(row, day("2026-11-22"))
        assert begun[f"value-{whole}"] == "1200"
        assert (begun["share_pct"], begun["summary"]) == ("45", "按计划推进")
        assert f"value-{primary}" not in begun
        assert "claims_completion" not in begun


def test_all_drafts_are_submitted_or_none(engine: Engine):
    with reporters_of(engine) as those:
        good = those.draft(those.jia, "north-school-done")
        wrong = those.draft(those.jia, "rotation-2026", share_pct="140")
        without = those.draft(those.jia, "rotation-2025", claims_completion="1", reached_on="2026-11-01")
        drafts = report_submissions.all_drafts(those.session, those.jia, None, day("2026-11-22"))
        assert drafts == {row.id: row.mark for row in (good, wrong, without)}
    with pytest.raises(report_submissions.BatchRejectedError) as refused, write_session(engine) as session:
        report_submissions.submit_all(session, those.jia, drafts, now=LATER)
    assert {key: set(found) for key, found in refused.value.rows.items()} == {
        wrong.id: {"share_pct"},
        without.id: {"evidence"},
    }
    with write_session(engine) as session:
        assert session.scalars(sa.select(Report)).all() == []
        assert report_submissions.submit_all(session, those.jia, {good.id: good.mark}, now=LATER) == 1
    with pytest.raises(report_submissions.BatchRejectedError) as refused, write_session(engine) as session:
        report_submissions.submit_all(session, those.jia, {wrong.id: "0.0", without.id: without.mark}, now=LATER)
    assert set(refused.value.rows[wrong.id]) == {"mark"}


def test_a_zero_report_counts_and_the_rest_takes_only_what_nobody_has_written(engine: Engine):
    with reporters_of(engine) as those:
        today = day("2026-11-22")
        those.draft(those.jia, "north-school-done")
        rest = report_submissions.the_rest(those.session, those.jia, None, today)
        assert len(rest) == 4
        assert report_submissions.report_no_change(those.session, those.jia, rest, now=NOW) == 4
        states = [row.state for row in those.rows(those.jia)]
        assert sorted(states) == [OwedState.DRAFT, *[OwedState.SUBMITTED] * 4]
        reports = those.session.scalars(sa.select(Report)).all()
        assert {(report.no_change, report.summary, report.share_pct) for report in reports} == {(True, "", None)}
        assert report_submissions.the_rest(those.session, those.jia, None, today) == []
        with pytest.raises(report_submissions.BatchRejectedError):
            report_submissions.report_no_change(those.session, those.jia, [those.rows(those.jia)[0].id], now=LATER)


def test_a_report_sent_back_is_shown_with_the_note_and_written_again(engine: Engine):
    with reporters_of(engine) as those:
        row = those.draft(those.jia, "north-school-done", share_pct="40")
        report_submissions.submit(those.session, those.jia, row.id, seen=row.mark, now=NOW)
        row = those.row(those.jia, "north-school-done")
        back = DecisionKind.RETURN
        add_decision(
            those.session, those.desk.office, row.milestone_id, back, LATER, report_id=row.report_id, note="请附照片"
        )
        standings.refresh(those.session, [row.milestone_id], day("2026-11-22"))
        row = those.row(those.jia, "north-school-done")
        assert (row.state, row.note) == (OwedState.RETURNED, "请附照片")
        assert report_drafts.begun(row, day("2026-11-22"))["summary"] == "按计划推进"
        row = those.draft(those.jia, "north-school-done", LATER, share_pct="42")
        assert (row.state, row.note) == (OwedState.DRAFT, "请附照片")
        report_submissions.submit(those.session, those.jia, row.id, seen=row.mark, now=LATER)
        assert those.row(those.jia, "north-school-done").state is OwedState.SUBMITTED


def test_a_draft_on_what_was_closed_meanwhile_is_not_needed_and_can_be_discarded(engine: Engine):
    with reporters_of(engine) as those:
        row = those.draft(those.jia, "north-school-done")
        add_decision(
            those.session,
            those.desk.office,
            row.milestone_id,
            DecisionKind.CLOSE_OUT,
            NOW,
            reached_on=day("2026-11-20"),
        )
        standings.refresh(those.session, [row.milestone_id], day("2026-11-22"))
        assert those.desk.standing("north-school-done").standing is Standing.CLOSED
        row = those.row(those.jia, "north-school-done")
        assert (row.state, row.draft_version) == (OwedState.NOT_NEEDED, 1)
        assert report_submissions.all_drafts(those.session, those.jia, None, day("2026-11-22")) == {}
        with pytest.raises(InputError, match="not needed"):
            report_submissions.submit(those.session, those.jia, row.id, seen=row.mark, now=LATER)
        report_drafts.discard(those.session, those.jia, row.id, seen=row.mark, now=LATER)
        assert those.session.scalars(sa.select(ReportDraft)).all() == []


def test_what_was_written_for_a_closed_period_is_kept_but_not_taken(engine: Engine):
    closed = noon("2027-02-01")
    with reporters_of(engine) as those:
        row = those.draft(those.jia, "north-school-done")
        days.begin(those.session, closed)
        assert row.id not in {found.id for found in those.rows(those.jia, closed)}
        row = report_drafts.save(those.session, those.jia, row.id, {"summary": "补写"}, seen=row.mark, now=closed)
        assert row.period.open_until_on is None
        with pytest.raises(InputError, match="closed for entry"):
            report_submissions.submit(
                those.session,
                those.jia,
                report_drafts.save(
                    those.session,
                    those.jia,
                    row.id,
                    {"summary": "补写", "reported_on": "2026-12-31"},
                    seen=row.mark,
                    now=closed,
                ).id,
                seen=report_drafts.row_of(those.session, those.jia, row.id, day("2027-02-01")).mark,
                now=closed,
            )


def test_the_list_asks_the_database_as_often_for_one_row_as_for_many(engine: Engine):
    with reporters_of(engine) as those:
        numbers = []
        for actor in (those.yi, those.jia):
            report_submissions.report_no_change(those.session, actor, [those.row(actor, "rotation-2026").id], now=NOW)
            with counted(engine) as statements:
                assert len(those.rows(actor)) in (3, 5)
            numbers.append(len(statements))
        assert numbers[0] == numbers[1] <= 7
