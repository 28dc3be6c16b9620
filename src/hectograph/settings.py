"""Every setting there is, read and checked once. Reference: docs/reference/settings.md."""

import os
import tomllib
from datetime import tzinfo
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hectograph.domain.errors import Misconfigured
from hectograph.domain.school_days import parse_weekdays
from hectograph.domain.school_time import Night, SchoolTime

PREFIX = "HECTOGRAPH_"


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
                f"{PREFIX}{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
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


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return "(hidden)" if isinstance(value, SecretStr) else str(value)
