"""Read a YAML file as data and keep the line of every entry; strict where YAML would guess."""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from app.services.errors import RefusedError, msg

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # PyYAML without libyaml: the same in Python, some ten times slower
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Parser(Reader, Scanner, Parser):  # type: ignore[no-redef]
        """The parser in Python."""

        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)


MAX_BYTES = 8_000_000
MAX_DEPTH = 20
Way = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_PLAIN = (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
    ("timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789"),
)


class PlanLoader(Composer, _Parser, SafeConstructor, Resolver):
    """YAML as version 1.2 reads it: `on`, `no` and 12:30 are words; no key twice, no anchors, no endless nesting.

    Parsed by libyaml, where PyYAML carries it; composed here, as only the composer in Python lets itself be guarded.
    """

    depth = 0

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Compose a node. Raises: ConstructorError at an alias, a tag or a zero byte, or below the deepest level."""
        event: Any = self.peek_event()
        problem = None
        if isinstance(event, yaml.AliasEvent):
            problem = "an alias (*name) stands here; write the value out"
        elif getattr(event, "tag", None):
            problem = "a tag (!name) stands here; write the value alone"
        elif "\x00" in (getattr(event, "value", None) or ""):
            problem = "a zero byte (\\0) stands here, which no database takes; leave it out"
        elif self.depth >= MAX_DEPTH:
            problem = f"entries lie more than {MAX_DEPTH} levels deep"
        if problem:
            raise ConstructorError(None, None, problem, event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Construct a mapping. Raises: ConstructorError when a key is given twice, which YAML itself lets pass."""
        first: dict[str, int] = {}
        for key, _ in node.value:
            name = key.value if isinstance(key, ScalarNode) else repr(key.tag)
            if name in first:
                problem = f"the key {name} is given twice; it stands already in line {first[name]}"
                raise ConstructorError(None, None, problem, key.start_mark)
            first[name] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: ScalarNode) -> Any:
        """Construct a day. Raises: ConstructorError, with its place, when the calendar has no such day."""
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise ConstructorError(None, None, f"{node.value} is not a day: {error}", node.start_mark) from None


PlanLoader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in _PLAIN:
    PlanLoader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), list(_first))
PlanLoader.add_constructor(_TAG + "timestamp", PlanLoader.construct_yaml_timestamp)  # type: ignore[type-var]  # typed for its own loaders


@dataclass(frozen=True, slots=True)
class YamlSource:
    """The data of a YAML file and the line, counted from 1, on which each entry begins."""

    data: Any
    lines: dict[Way, int]

    def line(self, path: Way) -> int:
        """Return the line of an entry, or of the nearest entry around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(path: Path) -> Any:
    """Return the data of a YAML file. Raises: yaml.YAMLError; RefusedError when the file cannot be read."""
    loader = PlanLoader(_text(path))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def read_source(path: Path) -> YamlSource:
    """Return the data of a YAML file with its lines. Raises: yaml.YAMLError; RefusedError as `read_yaml`."""
    loader = PlanLoader(_text(path))
    try:
        node = loader.get_single_node()
        if node is None:
            return YamlSource(None, {})
        lines = dict(_lines(node, (), node.start_mark.line + 1))
        return YamlSource(loader.construct_document(node), lines)
    finally:
        loader.dispose()


def _text(path: Path) -> str:
    """Return a file's text. Raises: RefusedError naming what kind of file would be taken."""
    if path.is_dir():
        raise RefusedError(msg("%(path)s is a folder; name a plan file", path=path))
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefusedError(msg("%(path)s cannot be read: %(reason)s", path=path, reason=error.strerror)) from None
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise RefusedError(msg("%(path)s is larger than %(limit)d MB; a plan file is text", path=path, limit=limit))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RefusedError(
            msg("%(path)s is not UTF-8 text (line %(line)d); save it as UTF-8", path=path, line=line)
        ) from None


def _lines(node: Node, path: Way, line: int) -> Iterator[tuple[Way, int]]:
    """Yield the line of every entry: of its key, or of its place in a list."""
    yield path, line
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, str(key.value)), key.start_mark.line + 1)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*path, index), value.start_mark.line + 1)
