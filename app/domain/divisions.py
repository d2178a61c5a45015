"""Division codes of places (GB/T 2260): two digits for the province, two for the prefecture, two for the county."""

# Second digits of the provinces by their first: 11 Beijing … 82 Macao.
_PROVINCES = {"1": "12345", "2": "123", "3": "1234567", "4": "123456", "5": "01234", "6": "12345", "7": "1", "8": "12"}


def is_code(text: str) -> bool:
    """Tell whether a text is six digits that begin with a province's two."""
    return len(text) == 6 and text.isascii() and text.isdigit() and text[1] in _PROVINCES.get(text[0], "")


def prefix_below(code: str) -> str | None:
    """Return what the codes below a place begin with; None: the place is of county level, and no code lies below."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else None


def lies_below(code: str, above: str) -> bool:
    """Tell whether a code may belong to a place below the one with the code `above`."""
    prefix = prefix_below(above)
    return prefix is not None and code.startswith(prefix) and code != above
