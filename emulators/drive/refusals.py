"""How Drive says no: a status, a reason, a message, in each spelling Google uses."""

import re
from typing import Any

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    416: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Refusal(Exception):
    """An answer that is not a 2xx. Nothing was changed, unless a fault says otherwise."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        location: str | None = None,
        domain: str = "global",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.location = location
        self.domain = domain
        self.headers = headers or {}

    def body(self, *, style: str = "legacy") -> dict[str, Any]:
        """Google's error JSON. `style` is legacy, both, or errorinfo."""
        error: dict[str, Any] = {"code": self.status, "message": self.message}
        if style != "errorinfo":
            error["errors"] = [self._legacy()]
        if style != "legacy":
            error["status"] = STATUS_NAMES.get(self.status, "UNKNOWN")
            error["details"] = [self._error_info()]
        return {"error": error}

    def _legacy(self) -> dict[str, str]:
        entry = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            entry["location"] = self.location
            in_header = self.location in {"If-Match", "Authorization"}
            entry["locationType"] = "header" if in_header else "parameter"
        return entry

    def _error_info(self) -> dict[str, Any]:
        return {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": upper_snake(self.reason),
            "domain": "googleapis.com",
            "metadata": {"service": "drive.googleapis.com"},
        }


def upper_snake(reason: str) -> str:
    """The newer spelling: rateLimitExceeded becomes RATE_LIMIT_EXCEEDED."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", reason).upper()


def file_not_found(file_id: str) -> Refusal:
    """Gone, never there, or not for this caller: Drive does not tell which."""
    return Refusal(404, "notFound", f"File not found: {file_id}.", location="fileId")


def invalid(
    message: str, *, location: str | None = None, reason: str = "invalid"
) -> Refusal:
    """The request makes no sense."""
    return Refusal(400, reason, message, location=location)


def forbidden(reason: str, message: str) -> Refusal:
    """Understood, and not allowed."""
    return Refusal(403, reason, message)


def insufficient_file_permissions() -> Refusal:
    """The caller's role on the file is too small."""
    return forbidden(
        "insufficientFilePermissions",
        "The user does not have sufficient permissions for this file.",
    )
