"""E-mail against a real mail server: the way there, the letter, and every refusal."""

import socket
from datetime import timedelta

import pytest

from app.channels import mail
from app.channels.sending import send
from app.domain.vocabulary import ChannelKind, DeliveryTrouble
from tests.channels.samples import NOW, outgoing, settings
from tests.support.certificates import write_authority
from tests.support.providers import SENDER, smtp_sink

TO = "wang.wu@unit.example"


def post(given, now=NOW, **words):
    return send(ChannelKind.EMAIL, outgoing(sent_to=TO, **words), given, now)


def test_a_letter_arrives_as_it_was_written_and_every_attempt_carries_the_same_number():
    with smtp_sink() as sink:
        first = post(settings(**sink.settings))
        second = post(settings(**sink.settings), NOW + timedelta(hours=1), attempt=2)
    assert (first.delivered, first.permanent, first.trouble, first.answer) == (True, False, None, "250 OK kept")
    assert second.delivered
    letters = [letter.message for letter in sink.letters]
    assert [letter.recipient for letter in sink.letters] == [TO, TO]
    assert sink.letters[0].sender == "office@office.example"
    assert letters[0]["Subject"] == "【催办】洛龙区 2025 年底前通过认定（虚构）"
    assert str(letters[0]["From"]) == SENDER
    assert letters[0]["Auto-Submitted"] == "auto-generated"
    assert letters[0]["Date"].datetime == NOW
    assert letters[1]["Date"].datetime == NOW + timedelta(hours=1)
    assert {letter["Message-ID"] for letter in letters} == {"<M20261122-0007@office.example>"}
    assert [letter.number for letter in sink.letters] == ["M20261122-0007"] * 2
    text = letters[0].get_content().replace("\r\n", "\n")
    assert text == "第一行：已逾期 12 天。\n第二行：请于 5 个工作日内回复。\n\n编号：M20261122-0007\n"
    assert sink.letters[0].content.isascii()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_way_signs_in_and_wants_a_certificate_it_trusts(security, tmp_path):
    with smtp_sink(security, users={"office": "pass-word-1"}) as sink:
        known = {**sink.settings, "ca_file": write_authority(tmp_path), "smtp_user": "office"}
        good = post(settings(**known, smtp_password="pass-word-1"))
        wrong = post(settings(**known, smtp_password="pass-word-2"))
        stranger = post(settings(**sink.settings, smtp_user="office", smtp_password="pass-word-1"))
        renamed = post(settings(**{**known, "smtp_host": "localhost"}, smtp_password="pass-word-1"))
    assert good.delivered
    assert (sink.letters[0].encrypted, sink.letters[0].user, len(sink.letters)) == (True, "office", 1)
    assert (wrong.delivered, wrong.permanent, wrong.trouble) == (False, False, DeliveryTrouble.SENDER)
    assert wrong.answer.startswith("535")
    assert (stranger.permanent, stranger.trouble) == (False, DeliveryTrouble.CERTIFICATE)
    assert renamed.trouble is DeliveryTrouble.CERTIFICATE  # the certificate is for 127.0.0.1


def test_a_server_without_encryption_gets_neither_password_nor_letter():
    with smtp_sink() as sink:
        outcome = post(settings(**{**sink.settings, "smtp_security": "starttls"}, smtp_user="a", smtp_password="b"))
    assert (outcome.trouble, outcome.permanent, sink.letters) == (DeliveryTrouble.SENDER, False, [])


@pytest.mark.parametrize(
    ("answer", "permanent", "trouble"),
    [
        ("550 5.1.1 no such user", True, DeliveryTrouble.REFUSED),
        ("450 4.2.0 greylisted, come again", False, DeliveryTrouble.BUSY),
    ],
)
def test_a_refused_recipient_or_letter_is_final_from_500_on(answer, permanent, trouble):
    with smtp_sink(refuse={TO: answer}) as sink:
        recipient = post(settings(**sink.settings))
        sink.refuse, sink.answer = {}, answer
        letter = post(settings(**sink.settings))
    for outcome in (recipient, letter):
        assert (outcome.delivered, outcome.permanent, outcome.trouble) == (False, permanent, trouble)
        assert outcome.answer == answer
    assert sink.letters == []


def test_a_server_that_takes_a_letter_and_dies_is_asked_again_with_the_same_number():
    with smtp_sink(answer="") as sink:
        outcome = post(settings(**sink.settings))
        sink.answer = "250 OK kept"
        again = post(settings(**sink.settings), attempt=2)
    assert (outcome.delivered, outcome.permanent, outcome.trouble) == (False, False, DeliveryTrouble.UNANSWERED)
    assert again.delivered
    assert [letter.message["Message-ID"] for letter in sink.letters] == ["<M20261122-0007@office.example>"] * 2


def test_silence_is_not_waited_out():
    with smtp_sink(silent=True) as sink:
        outcome = post(settings(**sink.settings))
    assert (outcome.permanent, outcome.trouble) == (False, DeliveryTrouble.UNANSWERED)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        reached = {"smtp_host": "127.0.0.1", "smtp_port": mute.getsockname()[1], "smtp_security": "none"}
        outcome = post(settings(**reached, smtp_from=SENDER))
    assert (outcome.permanent, outcome.trouble) == (False, DeliveryTrouble.TIMEOUT)
    outcome = post(settings(**reached, smtp_from=SENDER))
    assert (outcome.permanent, outcome.trouble) == (False, DeliveryTrouble.UNREACHABLE)


def test_no_header_is_smuggled_in_by_a_subject_or_text():
    given = settings(smtp_host="mail.example", smtp_from=SENDER)
    wicked = outgoing(
        sent_to=TO, subject="催办\r\nBcc: all@x.example\x00\n\tX: 1", text=".\r\n.\r\nRCPT TO:<a@b>\ud800"
    )
    written = mail.letter(wicked, given, NOW)
    assert written["Subject"] == "催办 Bcc: all@x.example X: 1"
    own = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Junheng-Number"}
    assert set(written.keys()) == own | {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert len(written.keys()) == 10
    head, _, rest = written.as_bytes().partition(b"\r\n\r\n")
    assert b"\r\nBcc" not in head
    assert not any(line.startswith(b".") for line in rest.splitlines())


def test_a_letter_of_any_length_is_cut_with_a_pointer():
    long = outgoing(sent_to=TO, text="督办" * 200_000, page="https://junheng.example/alerts/7")
    text = (
        mail.letter(long, settings(smtp_host="mail.example", smtp_from=SENDER), NOW).get_content().replace("\r\n", "\n")
    )
    assert len(text.encode()) <= mail.TEXT_BYTES + 1
    assert text.rstrip().endswith("……（内容过长，全文见 https://junheng.example/alerts/7）\n\n编号：M20261122-0007")
