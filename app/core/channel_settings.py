"""Settings of outbound delivery (`JUNHENG_SMTP_…`, robots, webhooks, drop folder); all off until somebody sets them."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.files import static_dir
from app.domain.vocabulary import ChannelKind

ROBOTS = frozenset({ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU})
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"(?=.{{1,64}}@)(?=.{{3,254}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?")
_BASE = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class ChannelSettings(BaseSettings):
    """What an administrator may set about sending; every channel needs at least one of these."""

    # A refused setting is named without what was typed: it may hold a password.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    smtp_host: str = Field(default="", description="mail server; empty: no e-mail")
    smtp_port: int | None = Field(default=None, ge=1, le=65535, description="its port; default by the security")
    smtp_security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="encryption of the way")
    smtp_user: str = Field(default="", description="account at the mail server; empty: none")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="its password")
    smtp_from: str = Field(default="", description="sender, for example 均衡 <office@example.cn>")
    smtp_timeout: float = Field(default=20, gt=0, le=60, description="seconds for each step with the mail server")
    robots: Annotated[frozenset[ChannelKind], NoDecode] = Field(
        default=frozenset(), description="group robots that may be used: wecom, dingtalk, feishu"
    )
    wecom_url: str = Field(default="https://qyapi.weixin.qq.com", description="base address of WeCom")
    dingtalk_url: str = Field(default="https://oapi.dingtalk.com", description="base address of DingTalk")
    feishu_url: str = Field(default="https://open.feishu.cn", description="base address of Feishu")
    webhook_prefixes: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="beginnings of permitted webhook addresses; empty: no webhooks"
    )
    channel_timeout: float = Field(default=10, gt=0, le=60, description="seconds for each step with a robot or webhook")
    ca_file: Path | None = Field(default=None, description="certificates trusted beside the system's, PEM")
    drop_dir: Path | None = Field(default=None, description="folder for messages as files; empty: none")

    @field_validator("smtp_port", "ca_file", "drop_dir", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("robots", "webhook_prefixes", mode="before")
    @classmethod
    def _listed_with_commas(cls, value: Any) -> Any:
        return re.split(r"[,\s]+", value.strip(" ,\t\n")) if isinstance(value, str) and value.strip() else value or ()

    @field_validator("robots")
    @classmethod
    def _are_robots(cls, value: frozenset[ChannelKind]) -> frozenset[ChannelKind]:
        if value - ROBOTS:
            raise ValueError("robots are wecom, dingtalk and feishu")
        return value

    @field_validator("wecom_url", "dingtalk_url", "feishu_url")
    @classmethod
    def _is_a_base_address(cls, value: str) -> str:
        if not _is_address(value):
            raise ValueError("an address begins with http:// or https:// and names a host")
        return value.rstrip("/")

    @field_validator("webhook_prefixes")
    @classmethod
    def _are_base_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_is_address(one) for one in value):
            raise ValueError("each prefix begins with http:// or https:// and names a host")
        return value

    @field_validator("smtp_host")
    @classmethod
    def _names_a_host(cls, value: str) -> str:
        if value and not _HOST.fullmatch(value):
            raise ValueError("a host name or an address, without a port")
        return value

    @field_validator("ca_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("there is no such file")
        return value

    @field_validator("drop_dir")
    @classmethod
    def _is_not_fetched(cls, value: Path | None) -> Path | None:
        if value is not None and value.resolve().is_relative_to(static_dir()):
            raise ValueError("the drop folder must not lie where browsers may fetch files")
        return value

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if not self.smtp_host:
            return self
        if any(ord(letter) < 32 for letter in self.smtp_from) or not is_mail_address(self.smtp_sender):
            raise ValueError("JUNHENG_SMTP_FROM must hold the sender's address")
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("a password is not sent without encryption: set JUNHENG_SMTP_SECURITY to starttls or tls")
        if not (self.smtp_user + self.smtp_password.get_secret_value()).isascii():
            raise ValueError("the mail account's name and password must be ASCII")
        return self

    @property
    def smtp_sender(self) -> str:
        """The sender's bare address."""
        return parseaddr(self.smtp_from)[1]

    @property
    def effective_smtp_port(self) -> int:
        """The configured port, or the usual one of the way's encryption."""
        return self.smtp_port or _PORTS[self.smtp_security]


def is_mail_address(value: str) -> bool:
    """Tell whether a string is a bare ASCII mail address that every server can take."""
    return bool(_MAIL.fullmatch(value))


def _is_address(value: str) -> bool:
    if not _BASE.fullmatch(value) or ".." in value:
        return False
    try:
        return (urlsplit(value).port or 1) <= 65535
    except ValueError:
        return False
