"""Load the predecessors of places from the reviewed list (`seeds/places.yaml`), which no plan file names."""

from datetime import date
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.domain.vocabulary import PlaceKind
from app.models import Place
from app.services.plan_yaml import read_yaml


class ReviewedPlace(BaseModel):
    """An entry of the reviewed list; what it was checked against stays in the list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: str
    kind: PlaceKind
    code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


def load_predecessors(session: Session, path: Path) -> int:
    """Add each place that a loaded one succeeded and that is not on record yet; return how many were added.

    What is on record stays as it is: places are kept by the administrators.
    """
    parts = [ReviewedPlace.model_validate(item) for item in read_yaml(path)["others"]]
    known = {row.path: row.id for row in session.execute(sa.select(col(Place.id), col(Place.path)))}
    added = 0
    for part in parts:
        parent, _, name = part.path.rpartition("/")
        if part.successor in known and parent in known and part.path not in known:
            session.add(
                Place(
                    **part.model_dump(include={"path", "kind", "code", "valid_from", "valid_to"}),
                    name=name,
                    parent_id=known[parent],
                    successor_id=known[part.successor],
                    sort_key=part.code or f"{'9' * 6}{pinyin_key(name)}",
                )
            )
            added += 1
    session.flush()
    return added
