"""The one door to all channels: what is available, and send."""

from collections.abc import Callable
from datetime import datetime

from app.channels import dingtalk, feishu, folder, mail, webhook, wecom
from app.channels.addresses import is_address
from app.channels.outgoing import Outcome, Outgoing, failed
from app.core.settings import Settings
from app.domain.vocabulary import ChannelKind, DeliveryTrouble

_ADAPTERS: dict[ChannelKind, Callable[[Outgoing, Settings, datetime], Outcome]] = {
    ChannelKind.EMAIL: mail.send,
    ChannelKind.WECOM: wecom.send,
    ChannelKind.DINGTALK: dingtalk.send,
    ChannelKind.FEISHU: feishu.send,
    ChannelKind.WEBHOOK: webhook.send,
    ChannelKind.FOLDER: folder.send,
}


def available(settings: Settings) -> frozenset[ChannelKind]:
    """Return the channels that the administrator offers; none by default, as on a closed network."""
    configured = {
        ChannelKind.EMAIL: bool(settings.smtp_host),
        ChannelKind.WEBHOOK: bool(settings.webhook_prefixes),
        ChannelKind.FOLDER: settings.drop_dir is not None,
    }
    return settings.robots | {channel for channel, is_set in configured.items() if is_set}


def send(channel: ChannelKind, outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Make one attempt and return what it came to; trouble of the network or provider is never raised.

    Takes up to a few times the channel's timeout: call it outside any transaction. Delivery is at least once: an
    outcome that is not delivered may still have arrived, and the next attempt carries the same number.
    """
    if channel not in available(settings):
        return failed(DeliveryTrouble.NOT_CONFIGURED, "the channel is not configured")
    if not is_address(channel, outgoing.sent_to, settings):
        return failed(DeliveryTrouble.ADDRESS, "not an address of this channel")
    return _ADAPTERS[channel](outgoing, settings, now)
