"""Render templates: escaped, translated, the whole page or (for htmx) only its changing part."""

from collections.abc import Callable
from enum import StrEnum
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from babel.support import NullTranslations
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.core.files import project_dir
from app.domain import periods
from app.domain.access import Action, may
from app.services.errors import Message
from app.web.filters import FILTERS, format_target, format_value
from app.web.i18n import LANGUAGES, chosen, translations
from app.web.labels import label_of


@cache
def environment(language: str) -> Environment:
    """Return the template environment of a language."""
    env = Environment(
        loader=FileSystemLoader(project_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = translations(language)
    env.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # set by the i18n extension
    env.filters.update(FILTERS)
    env.globals["_"] = _translator(words)
    env.filters["label"] = lambda code: words.gettext(label_of(code)) if isinstance(code, StrEnum) else ""
    env.filters["say"] = lambda message: (
        words.gettext(message.msgid) % message.values if isinstance(message, Message) else message
    )
    env.globals.update(
        Action=Action,
        may=may,
        format_target=partial(format_target, gettext=words.gettext),
        format_value=partial(format_value, gettext=words.gettext),
        languages=LANGUAGES,
        language=language,
        period_name=periods.label,
        query=_query,
    )
    return env


def _translator(words: NullTranslations) -> Callable[..., Markup]:
    """Return `_` for templates: as the i18n extension's, but without a new context for each call."""

    @cache
    def plain(msgid: str) -> Markup:
        return Markup(words.gettext(msgid))  # noqa: S704  # our own words, never typed ones

    def translate(msgid: str, **values: Any) -> Markup:
        return plain(msgid) % values

    return translate


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a template with the page's context and what every page knows."""
    env = environment(chosen(request.cookies.get("language")))
    html = env.get_template(template).render(
        request=request, visitor=getattr(request.state, "visitor", None), path=request.url.path, **context
    )
    return HTMLResponse(html, status_code=status, headers={"Vary": "HX-Request", "Cache-Control": "no-store"})


def wants_part(request: Request) -> bool:
    """Tell whether htmx asks for the changing part alone; going back in history asks for the whole page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def _query(values: dict[str, Any], **changes: Any) -> str:
    """Return a query string of the values that are set, with changes applied."""
    merged = {**values, **changes}
    return urlencode({name: value for name, value in merged.items() if value not in (None, "")})
