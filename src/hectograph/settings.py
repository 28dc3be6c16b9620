"""Every setting there is, read and checked once. Reference: docs/reference/settings.md."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hectograph.domain.errors import Misconfigured
from hectograph.domain.mail_server import MailServer
from hectograph.domain.reach import Permitted
from hectograph.domain.school_days import parse_weekdays
from hectograph.domain.school_time import Night, SchoolTime, parse_clock
from hectograph.domain.sign_in import Service, parse_domains

PREFIX = "HECTOGRAPH_"

NEEDED: Final[Mapping[Service, tuple[str, ...]]] = MappingProxyType(
    {
        Service.GOOGLE: ("google_client_id", "google_secret"),
        Service.MICROSOFT: ("microsoft_client_id", "microsoft_secret", "microsoft_tenant"),
        Service.OIDC: ("oidc_issuer", "oidc_client_id", "oidc_secret"),
    }
)
"""All of a service's settings, or none, without the prefix `sign_in_`."""

ENTERED: Final = ("saml_entity_id", "saml_address", "saml_certificate")
"""Of SAML these, or the address of its metadata."""

EVERYBODYS: Final = frozenset(
    {
        *("common", "organizations", "consumers"),
        "9188040d-6c67-4c5b-b112-36a304b66dad",  # private accounts, by the tenant's number
    }
)
"""Tenants of Microsoft's that are no school's."""

TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


class FileSource(PydanticBaseSettingsSource):
    """Reads a setting from the file that `HECTOGRAPH_NAME_FILE` names."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the signature is given
        field_name: str,
    ) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise Misconfigured(
                f"{PREFIX}{field_name.upper()}_FILE names {path}, which cannot be read: "
                f"{error.strerror}.",
                effect="Nothing was started.",
            ) from error

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """The settings. `HECTOGRAPH_NAME_FILE` beats `HECTOGRAPH_NAME` beats the TOML file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("hectograph"),
        description="Where the embedded database lives.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL server to use instead of the embedded one.",
    )
    school: str = Field(
        default="school", description="What the first school of an installation is called."
    )
    timezone: str | None = Field(
        default=None, description="The school's time zone; the system's when not set."
    )
    join_hours: float = Field(
        default=24.0, gt=0, description="How long the same request joins the earlier one."
    )
    retry_attempts: int = Field(
        default=8, ge=1, description="Tries of one delivery before it may need a person."
    )
    retry_patience_seconds: float = Field(
        default=7200.0, ge=0, description="How long to go on trying in any case."
    )
    retry_first_seconds: float = Field(
        default=1.0, gt=0, description="The delay before a second try; it doubles."
    )
    retry_longest_seconds: float = Field(
        default=900.0, gt=0, description="The longest delay between two tries."
    )
    lane_seconds: float = Field(
        default=180.0, gt=0, description="How long a lane drains before its successor does."
    )
    lane_width: int = Field(
        default=1024, ge=1, le=4096, description="Deliveries of one lane under way at once."
    )
    worker_lanes: int = Field(
        default=32, ge=1, description="Accounts that one worker serves at once."
    )
    park_hours: float = Field(
        default=3.0, gt=0, description="How long an account rests that had too much."
    )
    sweep_seconds: float = Field(
        default=3600.0,
        ge=0,
        description="The age at which hidden leftovers of copying are taken away.",
    )
    sweep_hour: int = Field(
        default=3,
        ge=0,
        le=23,
        description="The hour of the night at which a week's leftovers are looked for.",
    )
    night: str = Field(
        default="20:00-07:30",
        description="The hours in which what is shared with --tonight is done.",
    )
    school_days: str = Field(
        default="mon-fri", description="The days of the week with school."
    )
    calendar: Path | None = Field(
        default=None, description="An iCalendar file with the days without school."
    )
    language: str = Field(
        default="en", description="The language of the pages where nobody chose another."
    )
    locales: Path | None = Field(
        default=None, description="A directory with catalogues of further languages."
    )
    google_api_root: str | None = Field(
        default=None,
        description="Another server than Google's for all drives: a proxy, an emulator.",
    )
    beat_seconds: float = Field(
        default=2.0, gt=0, description="Time between two signs of life of a lane."
    )
    takeover_seconds: float = Field(
        default=20.0,
        gt=0,
        le=30,
        description="Silence after which another worker takes a lane over.",
    )
    patrol_seconds: float = Field(
        default=1.0, gt=0, description="Time between two looks for lost or due lanes."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs what browsers keep; several machines need the same.",
    )
    public_url: str | None = Field(
        default=None,
        description="The address at which people reach the pages, if by a proxy.",
    )
    sign_in_google_client_id: str | None = Field(
        default=None, description="Sign-in by Google: the client's id."
    )
    sign_in_google_secret: SecretStr | None = Field(
        default=None, description="Sign-in by Google: the client's secret."
    )
    sign_in_google_root: str | None = Field(
        default=None,
        description="Another server than Google's for the sign-in: an emulator.",
    )
    sign_in_microsoft_client_id: str | None = Field(
        default=None, description="Sign-in by Microsoft: the application's id."
    )
    sign_in_microsoft_secret: SecretStr | None = Field(
        default=None, description="Sign-in by Microsoft: the application's secret."
    )
    sign_in_microsoft_tenant: str | None = Field(
        default=None,
        description="Sign-in by Microsoft: the school's tenant, by its id or domain.",
    )
    sign_in_microsoft_root: str | None = Field(
        default=None,
        description="Another server than Microsoft's for the sign-in: an emulator.",
    )
    sign_in_oidc_issuer: str | None = Field(
        default=None, description="Sign-in by OpenID Connect: the issuer's address."
    )
    sign_in_oidc_client_id: str | None = Field(
        default=None, description="Sign-in by OpenID Connect: the client's id."
    )
    sign_in_oidc_secret: SecretStr | None = Field(
        default=None, description="Sign-in by OpenID Connect: the client's secret."
    )
    sign_in_oidc_name: str = Field(
        default="OpenID Connect", description="What that service is called on the page."
    )
    sign_in_saml_metadata: str | None = Field(
        default=None,
        description="Sign-in by SAML: where the identity provider's metadata is.",
    )
    sign_in_saml_entity_id: str | None = Field(
        default=None,
        description="Sign-in by SAML: the identity provider's entity id.",
    )
    sign_in_saml_address: str | None = Field(
        default=None,
        description="Sign-in by SAML without metadata: where people sign in (SSO).",
    )
    sign_in_saml_certificate: str | None = Field(
        default=None,
        description="Sign-in by SAML without metadata: what answers are signed with, PEM.",
    )
    sign_in_saml_name: str = Field(
        default="SAML", description="What that service is called on the page."
    )
    sign_in_domains: str | None = Field(
        default=None,
        description="Domains of emails whose people come in as teachers, uninvited.",
    )
    webhook_hosts: str = Field(
        default="",
        description="Hosts and networks of one's own that webhooks may be sent to.",
    )
    mail_url: SecretStr | None = Field(
        default=None, description="The server that takes mails, with name and password."
    )
    mail_from: str | None = Field(default=None, description="Whom mails are from.")
    digest_at: str = Field(
        default="16:00",
        description="When the mail of a day is sent, by the school's clocks.",
    )
    url: str | None = Field(
        default=None,
        description="A server that commands talk to, in place of a database of their own.",
    )
    token: SecretStr | None = Field(
        default=None, description="The token by which they do: of its /account/tokens/."
    )
    log_level: str = Field(default="WARNING", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError) as error:
                message = (
                    f"there is no time zone {value!r}; take a name such as Europe/Berlin"
                )
                raise ValueError(message) from error
        return value

    @field_validator("night")
    @classmethod
    def _readable_night(cls, value: str) -> str:
        Night.parse(value)
        return value

    @field_validator("school_days")
    @classmethod
    def _readable_week(cls, value: str) -> str:
        parse_weekdays(value)
        return value

    @field_validator("webhook_hosts")
    @classmethod
    def _readable_hosts(cls, value: str) -> str:
        Permitted.parse(value)
        return value

    @field_validator("mail_url")
    @classmethod
    def _readable_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            MailServer.parse(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _readable_sender(cls, value: str | None) -> str | None:
        if value is not None and (not value.isprintable() or "@" not in value):
            message = "take an address, such as Hectograph <hectograph@school.example>"
            raise ValueError(message)
        return value

    @field_validator("digest_at")
    @classmethod
    def _readable_hour(cls, value: str) -> str:
        parse_clock(value)
        return value

    @field_validator("url")
    @classmethod
    def _private_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value.strip())
        is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not parts.hostname or parts.scheme not in ("https", "http"):
            message = "write it as https://hectograph.example.org"
            raise ValueError(message)
        if parts.scheme == "http" and not is_here:
            message = "the token is sent there: take https, not http"
            raise ValueError(message)
        return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            message = "take DEBUG, INFO, WARNING or ERROR"
            raise ValueError(message)
        return value.upper()

    @field_validator("sign_in_domains")
    @classmethod
    def _readable_domains(cls, value: str | None) -> str | None:
        parse_domains(value or "")
        return value

    @field_validator("sign_in_oidc_issuer", "sign_in_saml_metadata", "sign_in_saml_address")
    @classmethod
    def _private_address(cls, value: str | None) -> str | None:
        if value is not None and not _is_private(value):
            message = "take an address that begins with https://"
            raise ValueError(message)
        return value

    @field_validator("sign_in_microsoft_tenant")
    @classmethod
    def _tenant_of_a_school(cls, value: str | None) -> str | None:
        if value is not None and TENANT.fullmatch(value) is None:
            message = "take the tenant's id, or a domain of it"
            raise ValueError(message)
        if value is not None and value.lower() in EVERYBODYS:
            message = (
                f"in {value!r} anybody may call themselves what they like; "
                "take the tenant of the school"
            )
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _whole_services(self) -> Self:
        faults = [
            f"{_named(lacking)} is not set, and sign-in by {service} needs it"
            for service, names in NEEDED.items()
            if self._is_any_set(names)
            for lacking in names
            if not getattr(self, f"sign_in_{lacking}")
        ]
        if self.sign_in_saml_metadata is None and self._is_any_set(ENTERED):
            faults += [
                f"{_named(lacking)} is not set, and sign-in by saml without "
                "HECTOGRAPH_SIGN_IN_SAML_METADATA needs it"
                for lacking in ENTERED
                if not getattr(self, f"sign_in_{lacking}")
            ]
        elif self.sign_in_saml_metadata and self._is_any_set(ENTERED[1:]):
            faults.append(
                "HECTOGRAPH_SIGN_IN_SAML_METADATA takes the place of "
                "HECTOGRAPH_SIGN_IN_SAML_ADDRESS and HECTOGRAPH_SIGN_IN_SAML_CERTIFICATE"
            )
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _is_any_set(self, names: Iterable[str]) -> bool:
        return any(getattr(self, f"sign_in_{name}") for name in names)

    @model_validator(mode="after")
    def _beats_in_time(self) -> Self:
        if self.beat_seconds * 4 > self.takeover_seconds:
            message = "HECTOGRAPH_BEAT_SECONDS: take a quarter of TAKEOVER_SECONDS or less"
            raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917 - the signature is given
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is given
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = os.environ.get("HECTOGRAPH_CONFIG")
        tail = (TomlConfigSettingsSource(settings_cls, toml),) if toml else ()
        return (init_settings, FileSource(settings_cls), env_settings, *tail)

    @classmethod
    def load(cls) -> Self:
        """Read and check them all, or raise one Misconfigured naming every fault."""
        toml = os.environ.get("HECTOGRAPH_CONFIG")
        if toml and not Path(toml).is_file():
            raise Misconfigured(f"HECTOGRAPH_CONFIG names {toml}, which is not a file.")
        try:
            return cls()
        except tomllib.TOMLDecodeError as error:
            raise Misconfigured(
                f"{toml} is not TOML: {error}.", effect="Nothing was started."
            ) from error
        except ValidationError as error:
            faults = "; ".join(
                _fault(each)
                for each in error.errors(include_input=False, include_url=False)
            )
            raise Misconfigured(faults + ".", effect="Nothing was started.") from error

    def zone(self) -> tzinfo | None:
        """The school's time zone; None stands for the system's, as in `astimezone`."""
        return ZoneInfo(self.timezone) if self.timezone is not None else None

    def school_time(self) -> SchoolTime:
        """What the school's clocks mean."""
        return SchoolTime(zone=self.zone(), night=Night.parse(self.night))

    def school_week(self) -> frozenset[int]:
        """The days of the week with school; 0 is Monday."""
        return parse_weekdays(self.school_days)

    def services(self) -> Mapping[Service, str]:
        """The services by which people may sign in, and what each is called."""
        names = {
            Service.GOOGLE: "Google",
            Service.MICROSOFT: "Microsoft",
            Service.OIDC: self.sign_in_oidc_name,
            Service.SAML: self.sign_in_saml_name,
        }
        told = {service: self._is_any_set(each) for service, each in NEEDED.items()}
        told[Service.SAML] = self._is_any_set(("saml_metadata", "saml_address"))
        return {service: name for service, name in names.items() if told[service]}

    def mail_server(self) -> MailServer | None:
        """The server that takes mails, if all is set: their links need an address."""
        if self.mail_url is None or self.mail_from is None or self.public_url is None:
            return None
        return MailServer.parse(self.mail_url.get_secret_value())

    def origin(self, name: str) -> str:
        """Where the value of a setting comes from, in words."""
        upper = f"{PREFIX}{name.upper()}"
        if f"{upper}_FILE" in os.environ:
            return f"{upper}_FILE"
        if upper in os.environ:
            return upper
        return "HECTOGRAPH_CONFIG" if name in self.model_fields_set else "default"

    def describe(self) -> list[dict[str, str]]:
        """Every setting: its name, value, source and meaning; secrets stay hidden."""
        return [
            {
                "name": f"{PREFIX}{name.upper()}",
                "value": _shown(getattr(self, name)),
                "source": self.origin(name),
                "description": field.description or "",
            }
            for name, field in type(self).model_fields.items()
        ]


def _fault(told: ErrorDetails) -> str:
    """One fault; those of several settings together name them themselves."""
    name = "_".join(map(str, told["loc"])).upper()
    words = told["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name}: {words}" if name else words


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return "(hidden)"
    first, _, more = str(value).partition("\n")
    return f"{first} …" if more else first


def _named(name: str) -> str:
    return f"{PREFIX}SIGN_IN_{name.upper()}"


def _is_private(address: str) -> bool:
    """Whether nobody on the way can read or change what is fetched from an address."""
    parts = urlsplit(address)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or is_here)
