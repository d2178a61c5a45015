"""What is offered, what an address is, and what settings and messages are refused."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from app.channels.addresses import is_address
from app.channels.outgoing import cleaned
from app.channels.sending import available, send
from app.core.settings import Settings
from app.domain.vocabulary import ChannelKind, DeliveryTrouble
from tests.channels.samples import KEY, NOW, outgoing, settings


def test_nothing_is_offered_until_it_is_configured(tmp_path, monkeypatch):
    assert available(Settings()) == frozenset()
    for kind in ChannelKind:
        outcome = send(kind, outgoing(), Settings(), NOW)
        assert (outcome.delivered, outcome.permanent) == (False, True)
        assert outcome.trouble is DeliveryTrouble.NOT_CONFIGURED
    environment = {
        "JUNHENG_SMTP_HOST": "mail.example",
        "JUNHENG_SMTP_FROM": "均衡 <office@office.example>",
        "JUNHENG_ROBOTS": "wecom, dingtalk,feishu",
        "JUNHENG_WEBHOOK_PREFIXES": "https://in.example/a https://in.example/b",
        "JUNHENG_DROP_DIR": str(tmp_path),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert available(Settings()) == frozenset(ChannelKind)
    for name in environment:
        monkeypatch.setenv(name, "")  # as a compose file passes what nobody set
    assert available(Settings()) == frozenset()


@pytest.mark.parametrize(
    "given",
    [
        {"robots": "wecom,email"},
        {"robots": "telegram"},
        {"wecom_url": "qyapi.weixin.qq.com"},
        {"feishu_url": "https://x.example/?a=1"},
        {"dingtalk_url": "https://user@x.example"},
        {"webhook_prefixes": "https://a.example/../b"},
        {"webhook_prefixes": "https://a.example:99999/"},
        {"smtp_host": "mail.example"},
        {"smtp_host": "mail.example:25", "smtp_from": "a@b.example"},
        {"smtp_host": "mail.example", "smtp_from": "a@b.example\r\nBcc: c@d.example"},
        {"smtp_host": "mail.example", "smtp_from": "a@b.example", "smtp_security": "none", "smtp_user": "office"},
        {"ca_file": "/nowhere.pem"},
        {"drop_dir": "app/static/drop"},
    ],
)
def test_settings_that_cannot_work_are_refused_without_repeating_a_password(given):
    with pytest.raises(ValidationError) as refused:
        settings(**given, smtp_password="pass-word-1")
    assert "pass-word-1" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "address", "good"),
    [
        (ChannelKind.EMAIL, "wang.wu+x@unit.example", True),
        (ChannelKind.EMAIL, "a@localhost", True),
        (ChannelKind.EMAIL, "a..b@unit.example", False),
        (ChannelKind.EMAIL, ".a@unit.example", False),
        (ChannelKind.EMAIL, "a@unit.example\r\nRCPT TO:<b@c>", False),
        (ChannelKind.EMAIL, "a@unit.example>", False),
        (ChannelKind.EMAIL, "王五@unit.example", False),
        (ChannelKind.EMAIL, "a@b@c", False),
        (ChannelKind.EMAIL, f"{'a' * 65}@unit.example", False),
        (ChannelKind.EMAIL, f"a@{'b' * 300}", False),
        (ChannelKind.WECOM, KEY, True),
        (ChannelKind.WECOM, f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", False),
        (ChannelKind.DINGTALK, "566cc69da782ec", True),
        (ChannelKind.DINGTALK, "abcdefgh&x=1", False),
        (ChannelKind.FEISHU, f"../{KEY}", False),
        (ChannelKind.FEISHU, "short", False),
        (ChannelKind.FEISHU, f"{KEY}\n", False),
    ],
)
def test_an_address_is_only_what_its_channel_can_use(kind, address, good):
    assert is_address(kind, address, settings()) is good


@pytest.mark.parametrize(
    "words",
    [
        {"number": ""},
        {"number": "a/b"},
        {"number": "通〔2026〕1号"},
        {"number": "a..b"},
        {"number": "x" * 65},
        {"number": "a\n"},
        {"at": datetime(2026, 11, 22)},
        {"page": "/alerts/7"},
        {"page": "javascript:alert(1)"},
    ],
)
def test_a_message_that_no_channel_can_carry_is_a_mistake_of_ours(words):
    with pytest.raises(ValueError, match=r"message|page"):
        outgoing(**words)


def test_answers_are_fit_for_the_record():
    assert cleaned("key=AbC%2Fd&other=aBc/D", ["abc/d", None, ""]) == "key=***&other=***"
    assert cleaned(" a\x00\r\n\u2028 b\ud800 ", []) == "a b?"
    assert len(cleaned("长" * 900, [])) == 500
