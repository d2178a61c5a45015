"""Forms as browsers see them: the fields of a page's form, the problems named on it; and one value of the database."""

import re
from typing import Any

from fastapi import FastAPI

from app.core.database import read_session


def one(app: FastAPI, query: Any) -> Any:
    """Return the one value that a query finds."""
    with read_session(app.state.engine) as session:
        return session.execute(query).scalar_one()


def fields_of(html: str) -> dict[str, str]:
    """Return the fields of the page's first form of a plan or standard as a browser would send them unchanged."""
    form = re.search(r'<form method="post"\s+action="/(?:plans|standards).*?</form>', html, re.DOTALL)
    assert form, html
    found = {}
    for tag in re.findall(r"<input[^>]*>", form.group()):
        named = dict(re.findall(r'(name|value|type)="([^"]*)"', tag))
        if named.get("type") not in ("checkbox", "radio") or " checked" in tag:
            found[named["name"]] = named.get("value", "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form.group(), re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"\s+selected', inner)
        found[name] = chosen[1] if chosen else ""
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form.group(), re.DOTALL):
        found[name] = inner
    return {name: text.replace("&gt;", ">").replace("&lt;", "<") for name, text in found.items()}


def problems_of(html: str) -> set[str]:
    """Return the names of the fields with a problem."""
    return set(re.findall(r'id="([\w-]+)-problem"', html))
