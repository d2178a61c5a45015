"""Issued documents find their way: whom they go to, by which way, who signed, and what each may see of it."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from app.core.database import read_session, write_session
from app.core.settings import Settings
from app.domain.access import Scope
from app.domain.distribution import RecipientCapacity
from app.domain.documents import Subject, SubjectKind
from app.domain.vocabulary import Capacity, ChannelKind, HandReason, OutboxKind, Role
from app.models import AuditEntry, DocumentReceipt, DocumentRecipient, OfficialDocument, Outbox
from app.printouts.documents import Document
from app.printouts.frozen import thaw
from app.queries import deliveries, distribution, document_pages, inbox
from app.queries import hand_delivery as hands
from app.services import distribution as sending
from app.services import document_recipients, hand_delivery, official_documents
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from app.services.hand_delivery import ReceiptInput
from tests.support.delivery import mailroom
from tests.support.distribution import NOW, OUTSIDE, Postroom, postroom
from tests.support.providers import smtp_sink

MAIN, COPY = RecipientCapacity.MAIN, RecipientCapacity.COPY


@pytest.fixture
def post(engine: Engine, tmp_path: Path) -> Postroom:
    return postroom(mailroom(engine, tmp_path, base_url="https://j.example"))


def chosen(post: Postroom, document_id: int) -> list[tuple[str, RecipientCapacity]]:
    with read_session(post.room.engine) as session:
        return [(one.name, one.capacity) for one in distribution.recipients(session, document_id)]


def printed_copies(post: Postroom, document_id: int) -> tuple[str, ...]:
    with read_session(post.room.engine) as session:
        block = thaw(session.get_one(OfficialDocument, document_id).content).distribution
        return block.copies_to if block else ()


def test_a_draft_goes_to_whom_its_words_name_until_the_office_chooses_otherwise(post: Postroom) -> None:
    one, two, third = (post.name(unit) for unit in (*post.units, post.room.unit()))
    document_id = post.draft()
    assert chosen(post, document_id) == [(one, MAIN), (two, MAIN), (OUTSIDE, COPY)]
    with write_session(post.room.engine) as session:
        names = f"{third}\n{one}、县政协办公室（虚构）"
        assert sending.add(session, post.office, document_id, 1, names, COPY, now=NOW) == 2
    assert printed_copies(post, document_id) == (OUTSIDE, third, "县政协办公室（虚构）")
    with write_session(post.room.engine) as session:
        [gone] = session.scalars(sa.select(DocumentRecipient).where(col(DocumentRecipient.name) == OUTSIDE))
        sending.remove(session, post.office, document_id, 2, gone.id or 0, now=NOW)
        official_documents.refresh(session, post.office, document_id, 3, post.drawn(session), now=NOW)
    kept = (third, "县政协办公室（虚构）")
    assert printed_copies(post, document_id) == kept  # what the ledger draws anew does not bring the old ones back
    for names, wrong in (("", InputError), (one, InputError), ("字" * 121, InputError), ("各责任单位", InputError)):
        with pytest.raises(wrong), write_session(post.room.engine) as session:
            sending.add(session, post.office, document_id, 4, names, MAIN, now=NOW)
    with pytest.raises(NotFoundError), write_session(post.room.engine) as session:
        sending.remove(session, post.office, document_id, 4, 10**6, now=NOW)
    with pytest.raises(ForbiddenError), write_session(post.room.engine) as session:
        official_documents.check(session, post.office, document_id, 4, now=NOW)
    post.check(document_id)
    with pytest.raises(ConflictError), write_session(post.room.engine) as session:
        sending.add(session, post.office, document_id, 5, "另一单位（虚构）", MAIN, now=NOW)
    with read_session(post.room.engine) as session:
        told = session.scalars(sa.select(col(AuditEntry.detail)).where(col(AuditEntry.action) == "documents:rewrite"))
        assert [("added" in entry, "removed" in entry) for entry in told] == [(True, False), (False, True)]


def test_a_letter_on_an_alert_goes_to_the_units_that_the_alert_reached(post: Postroom) -> None:
    one, two = post.units
    alert_id = post.room.alert(NOW, to=[(two, Capacity.RESPONSIBLE), (one, Capacity.SUPPORTING)])
    with read_session(post.room.engine) as session:
        drawn = post.drawn(session, copies=(post.name(one), "各责任单位"))
        subject = Subject(SubjectKind.ALERT, str(alert_id))
        assert isinstance(drawn.document, Document)
        found = document_recipients.usual(session, drawn.plan_id, drawn.organization_id, subject, drawn.document, None)
    # a collective name that stands for no unit of the plan is nobody's
    assert [(item.organization_id, item.capacity) for item in found] == [(two, MAIN), (one, COPY)]


def test_a_document_signed_for_before_it_is_sent_need_not_be_carried(post: Postroom) -> None:
    document_id = post.issued()
    with write_session(post.room.engine) as session:
        sending.receive(session, post.unit_actor(post.units[0]), document_id, now=NOW)
    post.room.run(NOW)
    with read_session(post.room.engine) as session:
        assert [row.unit for row in hands.waiting(session, Scope()).rows] == [post.name(post.units[1]), OUTSIDE]


def test_an_issued_document_is_sent_once_to_each_and_carried_to_whom_nothing_reaches(post: Postroom) -> None:
    post.room.address("unit")
    document_id = post.issued()
    counts = post.room.run(NOW)
    assert (counts["expanded"], counts["addressed"], counts["by_hand"]) == (1, 1, 2)
    assert "expanded" not in post.room.run(NOW, holder="two")
    [letter] = post.room.dropped("unit")
    assert letter["subject"].startswith("【公文】方案：试均衡办〔2026〕1号 关于第三季度")
    assert f"https://j.example/documents/{document_id}" in letter["text"]
    assert "主送本单位" in letter["text"]
    [other, outside] = post.room.by_hand()
    assert (other.organization_id, other.reason, outside.outside, outside.reason) == (
        post.units[1],
        HandReason.NO_PERSON,
        OUTSIDE,
        HandReason.OUTSIDE,
    )
    with read_session(post.room.engine) as session:
        [item] = deliveries.show_message(session, Scope(), post.room.messages()[0].id or 0).items  # type: ignore[union-attr]
        assert (item.document_id, item.alert_id, item.kind) == (document_id, None, OutboxKind.DOCUMENT)
        assert [row.unit for row in hands.waiting(session, Scope()).rows] == [post.name(post.units[1]), OUTSIDE]
        stream = io.BytesIO()
        hand_delivery.write_list(session, Scope(), stream)
        assert "试均衡办〔2026〕1号" in stream.getvalue().decode("utf-8-sig")
        rows = hands.waiting(session, Scope()).rows
    assert hand_delivery.print_slips(rows, post.room.settings, now=NOW).startswith(b"%PDF")
    for statement in (
        "UPDATE document_recipient SET name = 'x'",
        "DELETE FROM document_recipient",
        f"INSERT INTO document_recipient (document_id, name, capacity, recorded_at) "
        f"VALUES ({document_id}, 'x', 'main', '2026-01-01 00:00:00')",
    ):
        with pytest.raises(DBAPIError, match="frozen"), write_session(post.room.engine) as session:
            session.execute(sa.text(statement))


def test_a_unit_signs_in_the_system_an_organ_outside_on_paper_and_each_sees_its_own(post: Postroom) -> None:
    one, two = post.units
    document_id = post.issued()
    unit, other = post.unit_actor(one), post.unit_actor(two)
    stranger = post.unit_actor(post.room.unit())
    post.room.run(NOW)
    with write_session(post.room.engine) as session:
        assert inbox.count_unread(session, unit) == 1
        assert [row.id for row in distribution.unsigned(session, unit)] == [document_id]
        assert document_pages.show(session, stranger.scope, document_id) is None
        assert document_pages.show(session, unit.scope, document_id) is not None
        sending.receive(session, unit, document_id, now=NOW)
        assert (inbox.count_unread(session, unit), inbox.count_unread(session, stranger)) == (0, 0)
    for actor, wrong in ((unit, ConflictError), (stranger, NotFoundError), (post.office, ForbiddenError)):
        with pytest.raises(wrong), write_session(post.room.engine) as session:
            sending.receive(session, actor, document_id, now=NOW)
    [unsigned, outside] = post.room.by_hand()
    assert (unsigned.organization_id, outside.outside) == (two, OUTSIDE)
    given = ReceiptInput("李秘书（虚构）", NOW.date(), "张某（虚构）")
    with write_session(post.room.engine) as session:
        for hand in (unsigned, outside):
            hand_delivery.receive(session, post.office, hand.id or 0, given, None, now=NOW)
        assert inbox.count_unread(session, other) == 0
        hand_delivery.undo(session, post.office, unsigned.id or 0, "（虚构）误填", now=NOW)
        assert inbox.count_unread(session, other) == 1
        rows = distribution.rows(session, document_id)
        signatures = [row.signature and row.signature.person for row in rows]
        assert [bool(name) for name in signatures] == [True, False, True]
        assert signatures[2] == "李秘书（虚构）"
        assert [row.id for row in distribution.rows(session, document_id, organization_id=two)] == [rows[1].id]
        assert session.scalar(sa.select(sa.func.count()).select_from(DocumentReceipt)) == 1
        told = sa.select(col(AuditEntry.action)).where(col(AuditEntry.actor_id) == unit.account_id)
        assert session.scalars(told).all() == ["documents:receive"]


def test_mail_tells_of_a_document_that_another_corrects_by_now_and_the_correction_goes_to_the_same(
    post: Postroom,
) -> None:
    with smtp_sink() as mail:
        post.room.settings = Settings.model_validate(post.room.settings.model_dump() | mail.settings)
        account = post.room.account(Role.UNIT, organization_id=post.units[0])
        post.room.address("unit@gov.example", account_id=account, channel=ChannelKind.EMAIL)
        first = post.issued()
        second = post.issued(corrects=first)
        post.room.run(NOW)
        assert [letter.recipient for letter in mail.letters] == ["unit@gov.example"] * 2
        assert all("公文" in str(letter.message["Subject"]) for letter in mail.letters)
    assert chosen(post, second) == chosen(post, first)
    with read_session(post.room.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Outbox)) == 2
    corrected = [message.text for message in post.room.messages() if "更正" in message.text]
    assert len(corrected) == 1
    assert "已由试均衡办〔2026〕2号更正" in corrected[0]
