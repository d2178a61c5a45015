"""The names of worksheets: what a workbook refuses left out, cut to its length, and no two the same."""

MAX_SHEET_NAME = 31
_REFUSED = {ord(sign): "、" for sign in "[]:*?/\\"}


class SheetNames:
    """Gives out the names of one workbook's sheets."""

    def __init__(self) -> None:
        self._taken: set[str] = {"history"}  # kept by the program for itself

    def take(self, name: str) -> str:
        """Return a name that no other sheet has, whatever its case: a second one is numbered."""
        plain = "".join(sign for sign in name.translate(_REFUSED) if sign >= " ").strip("' ") or "表"
        found, number = plain[:MAX_SHEET_NAME].rstrip("' "), 1
        while found.casefold() in self._taken:
            number += 1
            suffix = f"（{number}）"
            found = plain[: MAX_SHEET_NAME - len(suffix)] + suffix
        self._taken.add(found.casefold())
        return found
