"""A limit to what anybody may send, before it is read."""

from typing import Any, Final

MOST_BYTES: Final = 110 * 1024 * 1024
"""A little more than the files of a share may have together."""


class BodyLimit:
    """An application that answers 413 to a body that says it is too large.

    One that does not say so is cut off.
    """

    def __init__(self, app: Any, *, most_bytes: int = MOST_BYTES) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._announced(scope) > self._most_bytes:
            await send({"type": "http.response.start", "status": 413, "headers": []})
            await send({"type": "http.response.body", "body": b"That is too large.\n"})
        else:
            await self._app(scope, self._counting(receive), send)

    def _announced(self, scope: Any) -> int:
        length = dict(scope["headers"]).get(b"content-length", b"")
        return int(length) if length.isdigit() else 0

    def _counting(self, receive: Any) -> Any:
        got = 0

        async def receive_counted() -> Any:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            return message if got <= self._most_bytes else {"type": "http.disconnect"}

        return receive_counted
