"""Whose inbox a notice lies in: units by themselves, offices and leaders by the plans they act for."""

from app.domain.vocabulary import Capacity, Role

# In which capacities the accounts of a role are told; a role that is not named has no inbox.
TOLD_AS: dict[Role, tuple[Capacity, ...]] = {
    Role.UNIT: (Capacity.RESPONSIBLE, Capacity.SUPPORTING, Capacity.SUPERVISOR, Capacity.OFFICE),
    Role.OFFICE: (Capacity.OFFICE,),
    Role.LEADER: (Capacity.LEADER,),
}
MOST_COUNTED = 99  # more are shown as "99+"
