"""Who may come in that another service vouches for."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class Service(StrEnum):
    """Where people may sign in besides here."""

    GOOGLE = "google"
    MICROSOFT = "microsoft"
    OIDC = "oidc"
    SAML = "saml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a service says about somebody who signed in there.

    `is_verified`: that the email is theirs. `organisation` is the domain of the school
    whose account it is, where the service is one for everybody and says so: Google's `hd`.
    """

    service: Service
    email: str
    is_verified: bool
    name: str = ""
    organisation: str = ""


class Standing(StrEnum):
    """What an email is to hectograph."""

    NOBODY = "nobody"
    HERE = "here"
    LEFT = "left"
    """Of somebody who was let go."""


class Entry(StrEnum):
    """What becomes of a claim."""

    KNOWN = "known"
    INVITED = "invited"
    """Comes in as the invitation says."""
    JOINS = "joins"
    """Comes in as a teacher, by the domain of their email."""
    UNVERIFIED = "unverified"
    LEFT = "left"
    STRANGER = "stranger"


def decide_entry(
    claim: Claim, *, standing: Standing, is_invited: bool, domains: frozenset[str]
) -> Entry:
    """What becomes of a claim, by what its email is here.

    `is_invited`: there is an invitation to it that is good still; it comes first, as it
    may make somebody another role, or bring back who left. `domains` are those whose
    people come in by themselves.
    """
    if not claim.is_verified:
        return Entry.UNVERIFIED
    if is_invited:
        return Entry.INVITED
    if standing is Standing.HERE:
        return Entry.KNOWN
    if standing is Standing.LEFT:
        return Entry.LEFT
    return Entry.JOINS if _is_of(claim, domains) else Entry.STRANGER


def _is_of(claim: Claim, domains: frozenset[str]) -> bool:
    """Whether the claim's service is the school's own, and its email the school's."""
    if claim.service is Service.GOOGLE and claim.organisation.lower() not in domains:
        # Anybody may have an account with Google under an email of the school.
        return False
    return claim.email.rpartition("@")[2].lower() in domains


def parse_domains(text: str) -> frozenset[str]:
    """Read `school.example, pupils.example`. Raises ValueError."""
    domains = frozenset(each.strip().lower() for each in text.split(",") if each.strip())
    for each in domains:
        if DOMAIN.fullmatch(each) is None:
            message = f"{each!r} is no domain of emails, such as school.example"
            raise ValueError(message)
    return domains
