"""Sort keys for Chinese names: pinyin, as readers of a list expect."""


def pinyin_key(text: str) -> str:
    """Return a name's pinyin with tone digits, lower case, for ORDER BY."""
    from pypinyin import Style, lazy_pinyin  # its dictionaries take a tenth of a second; most commands need none

    return " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)).lower()[:200]
