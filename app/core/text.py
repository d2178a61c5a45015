"""Chinese names in Latin letters: sort keys by pinyin, as readers of a list expect, and keys for addresses."""

import re


def pinyin_key(text: str) -> str:
    """Return a name's pinyin with tone digits, lower case, for ORDER BY."""
    from pypinyin import Style, lazy_pinyin  # its dictionaries take a tenth of a second; most commands need none

    return " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)).lower()[:200]


def pinyin_slug(text: str, *, between: str = "-", longest: int = 60) -> str:
    """Return a name's pinyin as a key of lower-case letters, digits and hyphens; empty when it has none of them."""
    from pypinyin import lazy_pinyin

    syllables = [re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in lazy_pinyin(text)]
    return re.sub(r"-+", "-", between.join(word for word in syllables if word))[:longest].strip("-")
