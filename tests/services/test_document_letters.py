"""Letters of alerts, cases and extensions: each is made of what fits it, says what is on record, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.core.database import write_session
from app.domain.documents import DocumentKind
from app.domain.vocabulary import AlertStepKind, DecisionKind, ExtensionStepKind, Measure, OrganizationKind
from app.models import AlertStep, ExpectedAnswer, MilestoneDecision, Organization, Plan
from app.printouts.documents import Document, Form, Paragraph, Slip, Slot
from app.printouts.frozen import freeze, thaw
from app.services import cases, standings
from app.services.case_closings import ClosingReport, close
from app.services.errors import ConflictError, NotFoundError
from tests.jobs.ledger import OFFICE, OFFICE_ACTOR, OFFICER, OTHER_UNIT, PLAN, TODAY, UNIT, report
from tests.support.letters import AT, CASE, LATER, Letters, asked, decided, laid, text_of

K, STEP = DocumentKind, ExtensionStepKind
PLAN_WORDS = "《实施方案》（试政办〔2025〕1号，以下简称《方案》）"


@pytest.fixture
def letters(engine: Engine) -> Letters:
    """A plan on both engines with alerts of every measure and one open case."""
    return laid(engine)


def slots(document: Document) -> list[Slot | None]:
    return [block.slot for block in document.blocks if isinstance(block, Paragraph) and block.slot]


def test_each_alert_goes_out_as_the_letter_of_its_measure(letters):
    report(letters.engine, 1, 40, now=LATER)
    expected = {
        Measure.REMINDER: K.REMINDER_LETTER,
        Measure.URGING: K.URGING_LETTER,
        Measure.SUPERVISION_NOTICE: K.SUPERVISION_NOTICE,
    }
    for measure, kind in expected.items():
        assert letters.kinds("alert", letters.alert(measure)) == (kind,)
    reminder = letters.draw(K.REMINDER_LETTER, letters.alert(Measure.REMINDER))
    assert (reminder.form, reminder.red_mark, reminder.number_line) == (Form.LETTER, "领导小组办公室", "〔2026〕　号")
    assert (reminder.signature, reminder.signed_on) == ("领导小组办公室", None)
    assert reminder.addressee == "教育局、财政局："  # the one who leads first, all of them
    assert reminder.distribution is not None
    assert reminder.distribution.copies_to == ("住建局",)
    assert reminder.title == "关于建成操场任务的提醒函"
    said = text_of(reminder)
    assert f"按照{PLAN_WORDS}第三部分第（一）项第2点要求，“建成操场”任务由各责任单位负责" in said
    assert "距时限届满还有20天，最近一次填报为2026年11月22日，填报进度40%" in said
    assert slots(reminder) == [Slot.OPENING, Slot.CLOSING]
    assert thaw(freeze(reminder)) == reminder
    urging = letters.draw(K.URGING_LETTER, letters.alert(Measure.URGING))
    assert urging.addressee == "各有关单位："  # the plan's own word, as all of the group is addressed
    assert "已逾期15天，尚未填报进展" in text_of(urging)
    assert "本函所称各责任单位为：教育局、财政局。" in text_of(urging)


def test_a_supervision_notice_holds_its_form_and_the_slip_to_send_back(letters):
    alert = letters.alert(Measure.SUPERVISION_NOTICE)
    notice = letters.draw(K.SUPERVISION_NOTICE, alert)
    said = text_of(notice)
    for line in (
        "督办事项|建成学校",
        f"依据条款|{PLAN_WORDS}第三部分第（一）项第2点；督办措施依据《方案》第五部分第（四）项",
        "责任单位|教育局、财政局",
        "责任人|教育局：王某（虚构）（局长）",
        "配合单位|住建局",
        "现行时限|2026年10月13日（即《方案》原定的“按期”）",
        "逾期天数|40天",
        "反馈时限|2026年11月27日",
        "联系人及电话|",
    ):
        assert f"\n{line}\n" in said
    slip = notice.blocks[-1]
    assert isinstance(slip, Slip)
    assert ("收到日期", "") in slip.form.rows
    with write_session(letters.engine) as session:
        session.execute(sa.update(ExpectedAnswer).values(provisional=True, reply_due_on=TODAY - timedelta(days=2)))
    said = text_of(letters.draw(K.SUPERVISION_NOTICE, alert))
    assert "2026年11月20日（所跨年度放假安排尚未公布，暂按周末推算）（已过，请立即反馈）" in said


def test_a_letter_that_does_not_fit_its_alert_is_refused(letters):
    alert = letters.alert(Measure.URGING)
    with pytest.raises(ConflictError, match="another kind"):
        letters.draw(K.REMINDER_LETTER, alert)
    for key, at in ((999, AT), (alert, replace(AT, at=LATER - timedelta(days=90)))):
        with pytest.raises(NotFoundError):
            letters.draw(K.URGING_LETTER, key, at)
    with write_session(letters.engine) as session:
        session.add(AlertStep(alert_id=alert, kind=AlertStepKind.WITHDRAW, author_id=OFFICER, recorded_at=LATER))
    with pytest.raises(ConflictError, match="withdrawn"):
        letters.draw(K.URGING_LETTER, alert)
    assert letters.kinds("alert", alert) == ()


def test_nothing_is_written_about_what_is_settled_answered_or_the_offices_own(letters):
    notice, urging = letters.alert(Measure.SUPERVISION_NOTICE), letters.alert(Measure.URGING)
    with write_session(letters.engine) as session:
        session.execute(sa.update(ExpectedAnswer).values(answered_on=TODAY))
        session.get_one(Plan, PLAN).office_id = 2  # the unit that leads keeps the office: the other is written to
    with pytest.raises(ConflictError, match="have answered"):
        letters.draw(K.SUPERVISION_NOTICE, notice)
    assert letters.draw(K.URGING_LETTER, urging).addressee == "财政局："
    with write_session(letters.engine) as session:
        session.get_one(Plan, PLAN).office_id = OFFICE
        session.add(
            MilestoneDecision(
                milestone_id=2, kind=DecisionKind.CLOSE_OUT, reached_on=TODAY, author_id=OFFICER, recorded_at=LATER
            )
        )
        session.flush()
        standings.refresh(session, [2], TODAY)
    with pytest.raises(ConflictError, match="settled"):
        letters.draw(K.URGING_LETTER, urging)


def test_no_letter_goes_to_the_organ_that_the_office_belongs_to(letters):
    urging = letters.alert(Measure.URGING)
    assert letters.kinds("alert", urging) == (K.URGING_LETTER,)
    with write_session(letters.engine) as session:
        session.get_one(Organization, OTHER_UNIT).kind = OrganizationKind.GOVERNMENT
    assert letters.kinds("alert", urging) == (K.URGING_LETTER,)  # another unit is responsible too
    with write_session(letters.engine) as session:
        session.get_one(Organization, OFFICE).supervisor_id = UNIT
    assert letters.kinds("alert", urging) == ()
    with pytest.raises(ConflictError, match="the office belongs to"):
        letters.draw(K.URGING_LETTER, urging)


def test_the_papers_of_an_interview_tell_the_record_and_leave_the_rest_to_the_pen(letters):
    assert letters.kinds("case", CASE) == ()
    with pytest.raises(ConflictError, match="no such measure"):
        letters.draw(K.INTERVIEW_NOTICE, CASE)
    decided(letters, Measure.INTERVIEW)
    assert letters.kinds("case", CASE) == (K.INTERVIEW_NOTICE, K.INTERVIEW_MINUTES)
    with pytest.raises(ConflictError, match="no such measure"):
        letters.draw(K.CRITICISM_CIRCULAR, CASE)
    notice = letters.draw(K.INTERVIEW_NOTICE, CASE)
    said = text_of(notice)
    assert notice.addressee == "教育局："
    assert "根据《方案》第五部分第（四）项和试督〔2020〕2号第三条，经研究，2026年11月22日决定对你单位有关负责人" in said
    for line in ("已逾期40天", "被约谈人|王某（虚构）（局长）", "约谈时间|", "约谈地点|", "约谈通知书回执"):
        assert line in said
    minutes = letters.draw(K.INTERVIEW_MINUTES, CASE)
    said = text_of(minutes)
    assert (minutes.form, minutes.addressee) == (Form.MINUTES, "")
    for line in (
        "应到：王某",
        "教育局书面陈述：因雨季停工（虚构）。",
        "约谈时陈述|",
        "绿化未完成",
        "承诺年底前完成（虚构）。",
    ):
        assert line in said
    assert thaw(freeze(minutes)) == minutes


def test_a_closed_case_still_has_its_minutes_and_a_reopened_one_nothing_until_decided_again(letters):
    decided(letters, Measure.INTERVIEW)
    with write_session(letters.engine) as session:
        session.execute(sa.text("UPDATE rectification_standing SET state = 'closed'"))
        session.execute(sa.text("UPDATE case_reply SET state = 'accepted'"))
        session.execute(sa.text("UPDATE accountability_case SET stage = 'decided'"))
        told = ClosingReport("逾期四十天", "予以约谈", "已建成", "结〔2026〕1号")
        close(session, OFFICE_ACTOR, CASE, report=told, text="结案（虚构）", now=LATER)
    assert letters.kinds("case", CASE) == (K.INTERVIEW_MINUTES,)
    with pytest.raises(ConflictError, match="closed"):
        letters.draw(K.INTERVIEW_NOTICE, CASE)
    with write_session(letters.engine) as session:
        cases.reopen(session, OFFICE_ACTOR, CASE, text="又逾期（虚构）", now=LATER)
    assert letters.kinds("case", CASE) == ()


def test_a_circular_of_criticism_names_the_unit_the_facts_and_what_is_to_be_done(letters):
    decided(letters, Measure.CIRCULAR)
    circular = letters.draw(K.CRITICISM_CIRCULAR, CASE)
    said = text_of(circular)
    assert (circular.form, circular.red_mark, circular.addressee) == (Form.FILE, "领导小组办公室文件", "各责任单位：")
    assert circular.title == "关于教育局未按要求完成有关任务的通报"
    for line in (
        "已逾期40天",
        "作出决定前，教育局已于2026年11月22日提交情况陈述。",
        "决定对教育局予以通报批评（决定文号为试督决〔2026〕3号）。",
        "1.绿化未完成（虚构）。整改措施：补植（虚构）。责任单位教育局，责任人王某（虚构），完成时限2026年12月12日。",
    ):
        assert line in said


def test_a_request_is_replied_to_once_it_is_decided(letters):
    waiting = asked(letters, STEP.OPINION)
    assert letters.kinds("extension", waiting) == ()
    with pytest.raises(ConflictError, match="no decision"):
        letters.draw(K.EXTENSION_REPLY, waiting)
    of_office = asked(letters, STEP.OPINION, STEP.GRANT, unit=None)
    with pytest.raises(ConflictError, match="itself"):
        letters.draw(K.EXTENSION_REPLY, of_office)
    with pytest.raises(NotFoundError):
        letters.draw(K.EXTENSION_REPLY, 999)
    granted = asked(letters, STEP.OPINION, STEP.GRANT)
    assert letters.kinds("extension", granted) == (K.EXTENSION_REPLY,)
    reply = letters.draw(K.EXTENSION_REPLY, granted)
    said = text_of(reply)
    assert reply.title == "关于同意延长建成学校任务时限的复函"
    assert "由2026年10月13日延长至2027年3月31日。申请理由：雨季停工（虚构）。逾期后申请的原因：" in said
    assert "同意将该任务时限延长至2027年2月26日（与申请的时限不同，以本函为准），批准文号为试函〔2026〕2号。" in said
    assert "同一任务至多批准延期2次，本次为第2次，此后不再批准延期。" in said


def test_a_refusal_keeps_the_date_and_a_correction_says_which_date_was_wrong(letters):
    refused = letters.draw(K.EXTENSION_REPLY, asked(letters, STEP.OPINION, STEP.REFUSE))
    assert refused.title == "关于不同意延长建成学校任务时限的复函"
    assert "决定文号为试函〔2026〕2号。仍按2026年10月13日的现行时限执行。" in text_of(refused)
    corrected = text_of(letters.draw(K.EXTENSION_REPLY, asked(letters, STEP.OPINION, STEP.GRANT, STEP.CORRECT)))
    assert (
        "延长至2027年2月25日，批准文号为试函〔2026〕3号。原批准的时限2027年2月26日有误，已于2026年11月22日更正"
        in corrected
    )


def test_a_letter_tells_what_was_known_at_its_cut_off(letters):
    decided(letters, Measure.INTERVIEW)
    before = replace(AT, at=LATER)
    assert letters.kinds("case", CASE, before) == ()
    assert letters.kinds("extension", asked(letters, STEP.OPINION, STEP.GRANT), before) == ()
