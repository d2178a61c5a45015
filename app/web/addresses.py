"""Addresses at which people and units are told: one's own, and for the administrator those of units."""

from datetime import datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.vocabulary import ChannelKind
from app.queries import addresses as reads
from app.queries.addresses import Owner
from app.services import addresses
from app.services.errors import InputError, Message, msg
from app.services.organizations import organization_values
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.render import render

router = APIRouter(include_in_schema=False)
Self = Annotated[Visitor, allow(Action.OWN_ADDRESSES)]
Keeper = Annotated[Visitor, allow(Action.KEEP_ADDRESSES)]
Text = Annotated[str, Query(max_length=20)]
OWN = "/account/addresses"


@router.get(OWN)
def list_own(
    request: Request, visitor: Self, session: SessionDep, settings: SettingsDep, now: NowDep, done: Text = ""
) -> Response:
    """Show where one is told, and when the digest comes."""
    return _page(request, session, settings, now, _mine(visitor), done=done)


@router.post(OWN)
def create_own(
    request: Request, visitor: Self, session: SessionDep, settings: SettingsDep, form: FormDep, now: NowDep
) -> Response:
    """Add an address of one's own."""
    return _create(request, visitor, session, settings, form, now, _mine(visitor))


@router.post("/account/digest-time")
def update_digest_time(
    request: Request, visitor: Self, session: SessionDep, settings: SettingsDep, form: FormDep, now: NowDep
) -> Response:
    """Choose when one's digest comes; empty: at the time of the settings."""
    typed, at = form.text("digest_at", limit=8), None
    if typed:
        try:
            at = time.fromisoformat(typed).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            raise _rejected(
                request, settings, now, _mine(visitor), form, {"digest_at": msg("write a time such as 08:30")}
            ) from None
    addresses.choose_digest_time(session, visitor.actor, visitor.actor.account_id or 0, at, now=now)
    return RedirectResponse(f"{OWN}?done=time", 303)


@router.post(OWN + "/{address_id}/code")
def send_own_code(visitor: Self, session: SessionDep, now: NowDep, address_id: RowId) -> Response:
    """Have a code sent to an address of one's own."""
    return _send_code(visitor, session, now, _mine(visitor), address_id)


@router.post(OWN + "/{address_id}/verify")
def verify_own(visitor: Self, session: SessionDep, form: FormDep, now: NowDep, address_id: RowId) -> Response:
    """Take the code of an address of one's own."""
    return _verify(visitor, session, form, now, _mine(visitor), address_id)


@router.post(OWN + "/{address_id}/remove")
def remove_own(visitor: Self, session: SessionDep, now: NowDep, address_id: RowId) -> Response:
    """Take an address of one's own out of use."""
    return _remove(visitor, session, now, _mine(visitor), address_id)


UNITS = "/organizations/{organization_id}/addresses"


@router.get(UNITS)
def list_of_unit(
    request: Request,
    _visitor: Keeper,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    organization_id: RowId,
    done: Text = "",
) -> Response:
    """Show where a unit is told."""
    return _page(request, session, settings, now, Owner(organization_id=organization_id), done=done)


@router.post(UNITS)
def create_of_unit(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
    now: NowDep,
    organization_id: RowId,
) -> Response:
    """Add an address of a unit."""
    return _create(request, visitor, session, settings, form, now, Owner(organization_id=organization_id))


@router.post(UNITS + "/{address_id}/code")
def send_units_code(
    visitor: Keeper, session: SessionDep, now: NowDep, organization_id: RowId, address_id: RowId
) -> Response:
    """Have a code sent to an address of a unit."""
    return _send_code(visitor, session, now, Owner(organization_id=organization_id), address_id)


@router.post(UNITS + "/{address_id}/verify")
def verify_of_unit(
    visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, organization_id: RowId, address_id: RowId
) -> Response:
    """Take the code of an address of a unit."""
    return _verify(visitor, session, form, now, Owner(organization_id=organization_id), address_id)


@router.post(UNITS + "/{address_id}/test")
def test_of_unit(
    visitor: Keeper, session: SessionDep, now: NowDep, organization_id: RowId, address_id: RowId
) -> Response:
    """Have a test message sent to an address of a unit."""
    owner = Owner(organization_id=organization_id)
    addresses.send_test(session, visitor.actor, owner, address_id, now=now)
    return _back(owner, "test")


@router.post(UNITS + "/{address_id}/remove")
def remove_of_unit(
    visitor: Keeper, session: SessionDep, now: NowDep, organization_id: RowId, address_id: RowId
) -> Response:
    """Take an address of a unit out of use."""
    return _remove(visitor, session, now, Owner(organization_id=organization_id), address_id)


def _mine(visitor: Visitor) -> Owner:
    return Owner(account_id=visitor.actor.account_id)


def _path(owner: Owner) -> str:
    return OWN if owner.organization_id is None else UNITS.format(organization_id=owner.organization_id)


def _back(owner: Owner, done: str) -> Response:
    return RedirectResponse(f"{_path(owner)}?done={done}", 303)


def _create(
    request: Request,
    visitor: Visitor,
    session: Session,
    settings: Settings,
    form: Form,
    now: datetime,
    owner: Owner,
) -> Response:
    channel, address = form.code("channel", ChannelKind), form.text("address", limit=1000)
    secret = form.text("secret", limit=400)
    try:
        if channel is None or form.problems:
            raise InputError(form.problems)
        addresses.add_address(
            session,
            visitor.actor,
            owner,
            channel=channel,
            address=address,
            secret=secret,
            settings=settings,
            now=now,
        )
    except InputError as error:
        raise _rejected(request, settings, now, owner, form, error.problems) from error
    return _back(owner, "added")


def _send_code(visitor: Visitor, session: Session, now: datetime, owner: Owner, address_id: int) -> Response:
    addresses.send_code(session, visitor.actor, owner, address_id, now=now)
    return _back(owner, "code")


def _verify(visitor: Visitor, session: Session, form: Form, now: datetime, owner: Owner, address_id: int) -> Response:
    """Count the attempt and say what came of it: a wrong one is stored too, so the page comes by a redirect."""
    code = form.text("code", limit=20)[:20]
    return _back(owner, addresses.check_code(session, visitor.actor, owner, address_id, code, now=now))


def _remove(visitor: Visitor, session: Session, now: datetime, owner: Owner, address_id: int) -> Response:
    addresses.remove_address(session, visitor.actor, owner, address_id, now=now)
    return _back(owner, "removed")


def _rejected(
    request: Request, settings: Settings, now: datetime, owner: Owner, form: Form, problems: dict[str, Message]
) -> FormRejectedError:
    """Return the page again with what was typed; a key is typed again."""
    typed = {name: value for name, value in form.typed.items() if name != "secret"}

    def again(fresh: Session) -> Response:
        return _page(request, fresh, settings, now, owner, problems=problems, typed=typed)

    return FormRejectedError(again)


def _page(
    request: Request,
    session: Session,
    settings: Settings,
    now: datetime,
    owner: Owner,
    *,
    done: str = "",
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    unit = organization_values(session, owner.organization_id) if owner.organization_id is not None else None
    chosen = reads.digest_at(session, owner.account_id) if owner.account_id is not None else None
    return render(
        request,
        "addresses/page.html",
        status=422 if problems else 200,
        rows=reads.of_owner(session, owner),
        channels=addresses.offered(owner, settings),
        unit=unit,
        organization_id=owner.organization_id,
        base=_path(owner),
        digest_at=chosen.isoformat("minutes") if chosen else "",
        default_digest_at=settings.digest_at.isoformat("minutes"),
        now=now,
        done=done,
        problems=problems or {},
        typed=typed or {},
    )
