"""A cheap way to hash passwords: tests make hundreds of accounts, and each would take as long as several pages."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.services import accounts

REAL = accounts._HASHER
CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))  # 8 KiB


def hash_cheaply() -> None:
    """Let the accounts of this process have the same hash at its lowest cost, for as long as the process lasts."""
    accounts._HASHER = CHEAP
