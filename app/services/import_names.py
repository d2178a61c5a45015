"""Find what a cell names: as written, or but for blanks and half-width signs; lists are split where names end."""

import re
from collections.abc import Iterator, Mapping
from unicodedata import normalize

from app.domain.import_values import SEPARATORS

_LONGEST_RUN = 5  # a name such as 各县（市）、区人民政府 holds separators itself
_PARTS = re.compile(f"({SEPARATORS.pattern})")


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).lower().split())


class NameBook:
    """Names and what each stands for."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._exact: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        for name, found in names.items():
            self.add(name, found)

    def add(self, name: str, found: str) -> None:
        """Add a name; of two that differ by their signs alone the first is found by a third spelling."""
        self._exact[name] = found
        self._plain.setdefault(_plain(name), found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._exact)

    def find(self, text: str) -> str | None:
        """Return what a name stands for; None: nothing goes by it."""
        return self._exact.get(text) or self._plain.get(_plain(text))

    def split(self, text: str) -> Iterator[tuple[str, str | None]]:
        """Yield each name of a list and what it stands for; the longest known name wins where several could be read."""
        pieces = _PARTS.split(text)
        at = 0
        while at < len(pieces):
            run, found = self._longest(pieces, at)
            word = "".join(pieces[at : at + run]).strip().rstrip("。.")
            if word:
                yield word, found
            at += run + 1  # past the separator

    def _longest(self, pieces: list[str], at: int) -> tuple[int, str | None]:
        most = min(2 * _LONGEST_RUN - 1, len(pieces) - at)
        for run in range(most - 1 if most % 2 == 0 else most, 0, -2):
            if (found := self.find("".join(pieces[at : at + run]).strip().rstrip("。."))) is not None:
                return run, found
        return 1, None
