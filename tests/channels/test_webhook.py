"""The generic webhook: signed, under a permitted prefix, and the receiver's word after its status."""

import hashlib
import hmac
from typing import Any

import pytest

from app.channels.addresses import is_address
from app.channels.sending import send
from app.domain.vocabulary import ChannelKind, DeliveryTrouble
from tests.channels.samples import NOW, SECRET, outgoing, settings
from tests.support.certificates import write_authority
from tests.support.providers import Answer, provider

WEBHOOK = ChannelKind.WEBHOOK
Said = dict[str, Any] | bytes
TAKEN: list[Said] = [
    b"",
    b"OK",
    b"[1]",
    {"code": 0},
    {"code": "0"},
    {"code": 200, "error": None},
    {"errcode": 0},
    {"code": "success"},
]
TAKEN_BACK: list[Said] = [
    {"errcode": 7},
    {"code": -1},
    {"code": "E01"},
    {"code": 500},
    {"ok": False},
    {"success": False},
    {"error": "x"},
]


def post(sink, *, given=None, **words):
    message = {"sent_to": f"{sink.url}/hooks/notices?token=t0ken-of-ours", "secret": SECRET, **words}
    return send(WEBHOOK, outgoing(**message), given or settings(**sink.settings), NOW)


def test_the_receiver_can_verify_who_sent_what_and_when():
    with provider(WEBHOOK) as hook:
        outcome = post(hook, page="https://junheng.example/alerts/7", attempt=3)
    (request,) = hook.requests
    stamp = request.headers["x-junheng-timestamp"]
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + request.content, hashlib.sha256).hexdigest()
    assert outcome.delivered
    assert stamp == str(int(NOW.timestamp()))
    assert request.headers["x-junheng-signature"] == f"sha256={expected}"
    assert request.headers["x-junheng-number"] == "M20261122-0007"
    assert request.path == "/hooks/notices"
    assert request.json == {
        "number": "M20261122-0007",
        "subject": "【催办】洛龙区 2025 年底前通过认定（虚构）",
        "text": "第一行：已逾期 12 天。\n第二行：请于 5 个工作日内回复。\n\n编号：M20261122-0007",
        "page": "https://junheng.example/alerts/7",
        "at": "2026-11-22T01:30:00+00:00",
        "attempt": 3,
    }


def test_a_2xx_that_says_nothing_else_is_taken():
    with provider(WEBHOOK) as hook:
        for said in TAKEN:
            hook.answer = Answer(202, said)
            assert post(hook).delivered, said


def test_a_2xx_that_takes_itself_back_is_a_failure():
    with provider(WEBHOOK) as hook:
        for said in TAKEN_BACK:
            hook.answer = Answer(200, said)
            outcome = post(hook)
            assert (outcome.delivered, outcome.permanent, outcome.trouble) == (False, False, DeliveryTrouble.BUSY), said


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (404, True), (410, True), (400, False), (503, False)])
def test_some_statuses_are_final(status, permanent):
    with provider(WEBHOOK, Answer(status, b"t0ken-of-ours " + SECRET.encode())) as hook:
        outcome = post(hook)
    assert (outcome.delivered, outcome.permanent) == (False, permanent)
    assert outcome.answer == f"HTTP {status}: *** ***"


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 01:40:00 GMT", 600),
        ("Sat, 21 Nov 2026 01:40:00 GMT", 0),
        ("99999999999999", 86400),
        ("-5", None),
        ("soon", None),
    ],
)
def test_a_wish_to_wait_is_passed_on(wish, seconds):
    with provider(WEBHOOK, Answer(429, b"", {"Retry-After": wish})) as hook:
        outcome = post(hook)
    assert (outcome.permanent, outcome.retry_after_seconds) == (False, seconds)


def test_a_redirect_leads_nowhere_and_a_huge_answer_is_not_read():
    with provider(WEBHOOK, Answer(307, b"", {"Location": "/other"})) as hook:
        moved = post(hook)
        hook.answer = Answer(200, b"x" * 5_000_000)
        huge = post(hook)
    assert (moved.delivered, moved.permanent) == (False, False)
    assert (huge.delivered, len(huge.answer)) == (True, 500)
    assert len(hook.requests) == 2


def test_a_certificate_nobody_vouches_for_is_not_talked_to(tmp_path):
    with provider(WEBHOOK, tls=True) as hook:
        stranger = post(hook)
        known = post(hook, given=settings(**hook.settings, ca_file=write_authority(tmp_path)))
    assert (stranger.permanent, stranger.trouble) == (False, DeliveryTrouble.CERTIFICATE)
    assert known.delivered
    assert len(hook.requests) == 1


def test_a_webhook_without_a_secret_is_not_sent():
    with provider(WEBHOOK) as hook:
        outcome = post(hook, secret=None)
    assert (outcome.permanent, hook.requests) == (True, [])


@pytest.mark.parametrize(
    ("address", "is_permitted"),
    [
        ("https://in.example/notices", True),
        ("https://in.example/notices/a/b?x=1&y=%20", True),
        ("https://IN.example/notices", True),
        ("http://10.0.0.8:8080/", True),
        ("http://10.0.0.8:8080/any", True),
        ("http://10.0.0.8:8080", False),
        ("https://in.example/noticesboard", False),
        ("https://in.example/", False),
        ("http://in.example/notices", False),
        ("https://in.example:444/notices", False),
        ("https://in.example.evil.example/notices", False),
        ("https://in.example@evil.example/notices", False),
        ("https://evil.example/https://in.example/notices", False),
        ("https://in.example/notices/../admin", False),
        ("https://in.example/notices/%2e%2e/admin", False),
        ("https://in.example/notices/%252e%252e/admin", False),
        ("https://in.example/notices\\..\\admin", False),
        ("https://in.example/notices#x", False),
        ("https://in.example/notices\n", False),
        ("https://in.example/通知", False),
        ("https://in.example/notices/" + "a" * 1000, False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_addresses_under_a_permitted_prefix_are_called(address, is_permitted):
    given = settings(webhook_prefixes="https://in.example/notices, http://10.0.0.8:8080")
    assert is_address(WEBHOOK, address, given) is is_permitted
    if not is_permitted:
        outcome = send(WEBHOOK, outgoing(sent_to=address, secret=SECRET), given, NOW)
        assert (outcome.permanent, outcome.trouble) == (True, DeliveryTrouble.ADDRESS)
