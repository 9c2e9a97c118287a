"""Who acts on the office's pages and over `/api`, and what they may do there."""

from dataclasses import dataclass
from typing import Literal

from models.contracts.mail import Language

Role = Literal["coordinator", "manager", "operator"]
ROLES: tuple[Role, ...] = ("coordinator", "manager", "operator")


@dataclass(frozen=True, slots=True)
class Grant:
    """One role; `units`: the codes of the units it holds for, with all below them, or None for the whole city."""

    role: Role
    units: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who is signed in, or a program that showed its token.

    `code` is what the record names as the actor: a person's code, or `api:<name of the token>`.
    """

    code: str
    name: str
    language: Language
    grants: tuple[Grant, ...]

    def may(self, *roles: Role) -> bool:
        """Whether one of these roles is held, for whatever units."""
        return any(grant.role in roles for grant in self.grants)

    def units(self, *roles: Role) -> frozenset[str] | None:
        """The units for which one of these roles is held; None: all of them. Without roles, any role counts."""
        found: frozenset[str] = frozenset()
        for grant in self.grants:
            if not roles or grant.role in roles:
                if grant.units is None:
                    return None
                found |= grant.units
        return found

    def holds(self, unit_code: str, *roles: Role) -> bool:
        """Whether one of these roles is held for a unit."""
        units = self.units(*roles)
        return units is None or unit_code in units
