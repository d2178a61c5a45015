"""Group robots against servers that play them: what is sent, how it is signed, and whose word counts."""

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time

import pytest

from app.channels.sending import send
from app.domain.vocabulary import ChannelKind, DeliveryTrouble
from tests.channels.samples import KEY, NOW, SECRET, outgoing, settings
from tests.support.providers import Answer, provider

ROBOTS = [ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU]
PATHS = {
    ChannelKind.WECOM: "/cgi-bin/webhook/send",
    ChannelKind.DINGTALK: "/robot/send",
    ChannelKind.FEISHU: f"/open-apis/bot/v2/hook/{KEY}",
}
CODE = {ChannelKind.WECOM: "errcode", ChannelKind.DINGTALK: "errcode", ChannelKind.FEISHU: "code"}


@pytest.fixture(params=ROBOTS)
def kind(request):
    return request.param


def post(kind, sink, **words):
    return send(kind, outgoing(**words), settings(**sink.settings), NOW)


def text_of(body):
    """Return the words that a robot shows."""
    if "msgtype" in body:
        kind = body["msgtype"]
        return body[kind]["text"] if "text" in body[kind] else body[kind]["content"]
    return body["content"]["post"]["zh_cn"]["content"][0][0]["text"]


def test_a_robot_gets_the_words_and_the_number(kind):
    with provider(kind) as robot:
        outcome = post(kind, robot)
    (request,) = robot.requests
    assert (outcome.delivered, outcome.permanent, outcome.trouble) == (True, False, None)
    assert request.path == PATHS[kind]
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert text_of(request.json) == "第一行：已逾期 12 天。\n第二行：请于 5 个工作日内回复。\n\n编号：M20261122-0007"
    assert "sign" not in request.query
    assert "sign" not in request.json


def test_dingtalk_and_feishu_are_signed_each_in_its_way():
    with provider(ChannelKind.DINGTALK) as robot:
        assert post(ChannelKind.DINGTALK, robot, secret=SECRET).delivered
    query = robot.requests[0].query
    assert query["timestamp"] == str(int(NOW.timestamp()) * 1000)
    expected = hmac.new(SECRET.encode(), f"{query['timestamp']}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"], validate=True) == expected
    assert query["access_token"] == KEY
    with provider(ChannelKind.FEISHU) as robot:
        assert post(ChannelKind.FEISHU, robot, secret=SECRET).delivered
    body = robot.requests[0].json
    assert body["timestamp"] == str(int(NOW.timestamp()))
    expected = hmac.new(f"{body['timestamp']}\n{SECRET}".encode(), digestmod=hashlib.sha256).digest()
    assert base64.b64decode(body["sign"], validate=True) == expected


@pytest.mark.parametrize(
    ("kind", "code", "trouble"),
    [
        (ChannelKind.WECOM, 45009, DeliveryTrouble.BUSY),
        (ChannelKind.WECOM, 93000, DeliveryTrouble.KEY),
        (ChannelKind.WECOM, 40058, DeliveryTrouble.REFUSED),
        (ChannelKind.WECOM, 49999, DeliveryTrouble.BUSY),  # unknown codes are tried again
        (ChannelKind.DINGTALK, 130101, DeliveryTrouble.BUSY),
        (ChannelKind.DINGTALK, 310000, DeliveryTrouble.KEY),
        (ChannelKind.DINGTALK, 300001, DeliveryTrouble.KEY),
        (ChannelKind.FEISHU, 11232, DeliveryTrouble.BUSY),
        (ChannelKind.FEISHU, 19021, DeliveryTrouble.KEY),
        (ChannelKind.FEISHU, 19024, DeliveryTrouble.KEY),
    ],
)
def test_an_http_200_with_an_error_inside_is_a_failure(kind, code, trouble):
    said = {CODE[kind]: code, "errmsg": f"no: {KEY}", "msg": f"no: {KEY}"}
    with provider(kind) as robot:
        for status in (200, 400):
            robot.answer = Answer(status, said)
            outcome = post(kind, robot)
            assert (outcome.delivered, outcome.trouble) == (False, trouble)
            assert outcome.permanent is (trouble is not DeliveryTrouble.BUSY)
            assert outcome.answer == f"HTTP {status}, {code}: no: ***"


OTHER_ANSWERS = [
    (Answer(500, b"<h1>oops</h1>"), DeliveryTrouble.BUSY),
    (Answer(429, b"", {"Retry-After": "90"}), DeliveryTrouble.BUSY),
    (Answer(500, {"errcode": 0, "code": 0}), DeliveryTrouble.BUSY),
    (Answer(200, b"<html>sign in to the network</html>"), DeliveryTrouble.UNREADABLE),
    (Answer(200, b"{not json"), DeliveryTrouble.UNREADABLE),
    (Answer(200, b"[0]"), DeliveryTrouble.UNREADABLE),
    (Answer(200, b"[" * 60_000), DeliveryTrouble.UNREADABLE),
    (Answer(200, {"errcode": False, "code": "0"}), DeliveryTrouble.UNREADABLE),
    (Answer(200, b'{"errcode":0,"code":0,"x":"' + b"a" * 3_000_000 + b'"}'), DeliveryTrouble.UNREADABLE),
    (Answer(302, b"", {"Location": "/elsewhere"}), DeliveryTrouble.UNREADABLE),
]


def test_only_the_robots_own_word_counts(kind):
    with provider(kind) as robot:
        for answer, trouble in OTHER_ANSWERS:
            robot.answer = answer
            outcome = post(kind, robot)
            assert (outcome.delivered, outcome.permanent, outcome.trouble) == (False, False, trouble), answer
            assert outcome.retry_after_seconds == (90 if answer.status == 429 else None)
            assert len(outcome.answer) <= 500
    assert len(robot.requests) == len(OTHER_ANSWERS)  # a redirect is never followed


def test_feishu_of_old_says_status_code():
    with provider(ChannelKind.FEISHU, Answer(content={"StatusCode": 0, "StatusMessage": "success"})) as robot:
        assert post(ChannelKind.FEISHU, robot).delivered
        robot.answer = Answer(content={"StatusCode": 19024, "StatusMessage": "Key Words Not Found"})
        assert post(ChannelKind.FEISHU, robot).permanent


def test_long_words_are_cut_between_characters_and_point_to_the_page(kind):
    page = "https://junheng.example/alerts/7"
    limit = {ChannelKind.WECOM: 2048}.get(kind, 9000)
    with provider(kind) as robot:
        assert post(kind, robot, text="逾期😀" * 9000, page=page).delivered
        assert post(kind, robot, text="逾期" * 9000).delivered
        assert post(kind, robot, text='"' * 90_000).delivered
    for request in robot.requests:
        text = text_of(request.json)
        assert limit - 20 <= len(text.encode()) <= limit
        assert text.endswith("\n\n编号：M20261122-0007")
        assert len(request.content) < 20_000
        assert "\ufffd" not in text
    assert f"全文见 {page}）" in text_of(robot.requests[0].json)
    assert "全文请登录系统查看）" in text_of(robot.requests[1].json)


def test_markdown_goes_to_robots_that_read_it_and_is_cut_between_lines():
    marked = "**逾期**\n" + "\n".join(f"- [第 {n} 项](https://junheng.example/{n})" for n in range(300))
    for kind, limit in ((ChannelKind.WECOM, 4096), (ChannelKind.DINGTALK, 9000)):
        with provider(kind) as robot:
            assert post(kind, robot, markdown=marked).delivered
        body = robot.requests[0].json
        text = text_of(body)
        assert body["msgtype"] == "markdown"
        assert len(text.encode()) <= limit
        assert text.split("\n……")[0].endswith(")")
    with provider(ChannelKind.FEISHU) as robot:
        assert post(ChannelKind.FEISHU, robot, markdown=marked, page="https://junheng.example/1").delivered
    assert robot.requests[0].json["content"]["post"]["zh_cn"]["content"][1][0]["href"] == "https://junheng.example/1"
    assert "已逾期 12 天" in text_of(robot.requests[0].json)


def test_no_answer_and_no_server_are_tried_again_and_no_proxy_is_asked(kind, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with provider(kind, Answer(seconds=5)) as robot:
        slow = send(
            kind,
            outgoing(),
            settings(
                **robot.settings,
            ).model_copy(update={"channel_timeout": 0.1}),
            NOW,
        )
        robot.answer = Answer(content={CODE[kind]: 0})
        assert post(kind, robot).delivered
    gone = post(kind, robot)
    assert (slow.delivered, slow.permanent, slow.trouble) == (False, False, DeliveryTrouble.TIMEOUT)
    assert (gone.delivered, gone.permanent, gone.trouble) == (False, False, DeliveryTrouble.UNREACHABLE)
    assert KEY not in slow.answer + gone.answer


def test_answers_give_no_secret_away():
    def echo(request):
        said = {"sign": request.query["sign"], "token": KEY.upper(), "secret": SECRET, "line": "a\x00b\r\nc\ud800"}
        return Answer(content={"errcode": 310000, "errmsg": json.dumps(said)})

    with provider(ChannelKind.DINGTALK, echo) as robot:
        outcome = post(ChannelKind.DINGTALK, robot, secret=SECRET)
    assert outcome.permanent
    for secret in (KEY, KEY.upper(), SECRET, robot.requests[0].query["sign"]):
        assert secret not in outcome.answer
    assert outcome.answer.isprintable()
    assert KEY not in repr(outgoing())


def test_a_server_that_drips_is_hung_up_on():
    with socket.create_server(("127.0.0.1", 0)) as slow:
        dripping = threading.Thread(target=drip, args=(slow,))
        dripping.start()
        url = f"http://127.0.0.1:{slow.getsockname()[1]}"
        given = settings(robots="wecom", wecom_url=url, channel_timeout=0.1)
        outcome = send(ChannelKind.WECOM, outgoing(), given, NOW)
        dripping.join(10)
    assert not dripping.is_alive()
    assert (outcome.delivered, outcome.permanent) == (False, False)
    assert outcome.trouble in {DeliveryTrouble.UNREACHABLE, DeliveryTrouble.TIMEOUT}


def drip(listening):
    """Answer one request byte by byte, each in good time, without end."""
    connection, _ = listening.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            time.sleep(0.02)
            connection.sendall(b"a")
