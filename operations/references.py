"""Short references for people to read out on the telephone. They name things; they open nothing."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0, 1, I or O: they are mistaken for one another."""


def new_reference() -> str:
    """Eight random characters in two groups, e.g. `7K2M-9QXD`: 2^40 of them, checked by a unique constraint."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"
