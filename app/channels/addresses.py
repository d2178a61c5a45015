"""What an address of each channel looks like; nothing that a person types can lead anywhere else."""

import re
from urllib.parse import SplitResult, urlsplit

from app.core.channel_settings import is_mail_address
from app.core.settings import Settings
from app.domain.vocabulary import ChannelKind

_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_FOLDER = re.compile(r"(?:[\w-][\w.-]{0,63})?")
# No user name, no fragment, no escaped slash or dot: what is compared here is what is called.
_WEBHOOK = re.compile(
    r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*"
    r"(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?"
)
_HIDDEN = re.compile(r"%(?:2[ef]|5c|[01]|7f|25)", re.IGNORECASE)
_LONGEST_URL = 1000


def is_address(channel: ChannelKind, address: str, settings: Settings) -> bool:
    """Tell whether `address` is an e-mail address, a robot's key, a permitted webhook or a sub-folder's name."""
    if channel is ChannelKind.EMAIL:
        return is_mail_address(address)
    if channel is ChannelKind.WEBHOOK:
        return _is_permitted(address, settings.webhook_prefixes)
    return bool((_FOLDER if channel is ChannelKind.FOLDER else _KEY).fullmatch(address))


def _is_permitted(url: str, prefixes: tuple[str, ...]) -> bool:
    if len(url) > _LONGEST_URL or not _WEBHOOK.fullmatch(url):
        return False
    path = url.split("?", 1)[0]
    if _HIDDEN.search(path) or {".", ".."} & set(path.split("/")):
        return False
    return any(_is_under(urlsplit(url), urlsplit(prefix)) for prefix in prefixes)


def _is_under(url: SplitResult, prefix: SplitResult) -> bool:
    """Tell whether scheme, host and port are the prefix's, and the path goes on where the prefix ends."""
    if (url.scheme, url.netloc.lower()) != (prefix.scheme, prefix.netloc.lower()):
        return False
    start = prefix.path or "/"
    return url.path == start or url.path.startswith(start if start.endswith("/") else f"{start}/")
