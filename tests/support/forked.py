"""Loaded by the process that others descend from: what each would else work out anew, for longer than it works."""

from sqlalchemy.orm import configure_mappers

from app import models

__all__ = ["models"]

configure_mappers()
