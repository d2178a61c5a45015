"""What is wrong with a page: parse it strictly and check what every page of the application promises."""

import re
from collections import Counter
from xml.etree.ElementTree import Element

import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"
_UNLABELLED_TYPES = frozenset({"hidden", "submit", "button"})


def faults(html: str) -> list[str]:
    """Return what is wrong with a whole page; nothing when it keeps every promise."""
    try:
        root = html5lib.HTMLParser(strict=True).parse(html)
    except html5lib.html5parser.ParseError as error:
        return [f"not strict HTML: {error}"]
    elements = list(root.iter())
    parents = {child: parent for parent in elements for child in parent}
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    found = [f"id {name} {count} times" for name, count in ids.items() if count > 1]
    found += _headings(root)
    found += [fault for element in elements for fault in _attributes(element)]
    forms = root.iter(f"{XHTML}form")
    found += [f"form without {name}" for form in forms for name in ("action", "method") if not form.get(name)]
    found += _references(root, set(ids))
    found += _names(root, parents)
    return found


def _headings(root: Element) -> list[str]:
    titles = ["".join(title.itertext()).strip() for title in root.iter(f"{XHTML}title")]
    headings = ["".join(heading.itertext()).strip() for heading in root.iter(f"{XHTML}h1")]
    found = [] if len(headings) == 1 and headings[0] else [f"h1: {headings}"]
    named = titles and titles[0].partition("·")[0].strip()
    return found if named else [*found, f"title: {titles}"]


def _attributes(element: Element) -> list[str]:
    tag = str(element.tag).removeprefix(XHTML)
    found = [f"{name} on {tag}" for name in element.attrib if name == "style" or re.match(r"on[a-z]+$", str(name))]
    if tag == "style" or (tag == "script" and not element.get("src")):
        found.append(f"inline {tag}")
    if any(str(value).lower().startswith("javascript:") for value in element.attrib.values()):
        found.append(f"script address on {tag}")
    return found


def _references(root: Element, ids: set[str | None]) -> list[str]:
    """Return references to ids that the page has not."""
    wanted = {
        (name, word)
        for element in root.iter()
        for name in ("for", "aria-labelledby", "aria-describedby", "list")
        for word in (element.get(name) or "").split()
    }
    return [f"{name}={word} leads nowhere" for name, word in wanted if word not in ids]


def _names(root: Element, parents: dict[Element, Element]) -> list[str]:
    """Return fields and buttons without words that say what they are."""
    labelled = {label.get("for") for label in root.iter(f"{XHTML}label")}
    found: list[str] = []
    for tag in ("input", "select", "textarea"):
        for field in root.iter(f"{XHTML}{tag}"):
            if field.get("type") in _UNLABELLED_TYPES or field.get("aria-label") or field.get("id") in labelled:
                continue
            if not _inside_label(field, parents):
                found.append(f"{tag} {field.get('name')} without a label")
    for tag in ("button", "a"):
        for element in root.iter(f"{XHTML}{tag}"):
            if not "".join(element.itertext()).strip() and not element.get("aria-label"):
                found.append(f"{tag} without words")
    return found


def _inside_label(element: Element, parents: dict[Element, Element]) -> bool:
    while (parent := parents.get(element)) is not None:
        if parent.tag == f"{XHTML}label":
            return True
        element = parent
    return False
