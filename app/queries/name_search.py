"""Find Chinese names as people type them: a part of the name, its pinyin, or the initials of its pinyin."""

from typing import Any

import sqlalchemy as sa

_TONES = "12345"


def sounds_like(sort_key: Any, text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a pinyin sort key (`shi4 jiao4 yu4 ju2`) is written `jiaoyu` or `sjyj`."""
    letters = "".join(text.lower().split())
    if not (letters.isascii() and letters.isalpha()):
        return sa.false()
    plain: Any = sort_key
    for sign in (*_TONES, " "):
        plain = sa.func.replace(plain, sign, "")
    # Every initial begins a syllable, in this order; syllables in between may be left out.
    initials = "% " + "% ".join(letters) + "%"
    return sa.or_(plain.contains(letters), sa.literal(" ").concat(sort_key).like(initials))
