"""Who can sign in at the emulator, what it gave out, and how it misbehaves."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

KEY_ID = "one"
CLIENT = "hectograph"
SECRET = "a client's secret"  # noqa: S105 - as every emulator's
DAY = timedelta(days=1)

Told = dict[str, Any]


class Keys:
    """A key, and a certificate of it."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emulator")])
        now = datetime.fromtimestamp(time.time(), UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def private_pem(self) -> str:
        """The key."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def certificate_pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def public_jwk(self) -> Told:
        """The key's public half, as a set of keys has it."""
        told: Told = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**told, "kid": KEY_ID, "alg": "RS256", "use": "sig"}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token."""
        return jwt.encode(
            dict(claims), self.key, algorithm="RS256", headers={"kid": KEY_ID}
        )


@dataclass
class World:
    """`people` by email, each with what is told of them; `faults` by their names."""

    people: dict[str, Told] = field(default_factory=dict)
    faults: Told = field(default_factory=dict)
    codes: dict[str, Told] = field(default_factory=dict)
    tokens: dict[str, Told] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    others_keys: Keys = field(default_factory=Keys)

    def reset(self, people: list[Told], faults: Told) -> None:
        """These people, and these faults."""
        self.people = {each["email"]: each for each in people}
        self.faults = faults
        self.codes.clear()
        self.tokens.clear()

    def give_code(self, granted: Told) -> str:
        """A code for somebody, good once."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = granted
        return code

    def give_token(self, person: Told) -> str:
        """What is shown to learn about somebody."""
        token = secrets.token_urlsafe(16)
        self.tokens[token] = person
        return token
