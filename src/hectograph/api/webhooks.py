"""The webhooks of a school, as programs look after them."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from hectograph.api import schemas
from hectograph.api.bearer import person_of
from hectograph.app.house import House
from hectograph.domain.events import SUBSCRIBABLE
from hectograph.domain.ids import WebhookId
from hectograph.domain.people import Act, Person
from hectograph.domain.webhooks import Tried, Webhook

WHERE: Final = "/api/v1/webhooks"

Json = dict[str, Any]


class WebhookRoutes:
    """The operations, given a house."""

    def __init__(self, house: House) -> None:
        self._webhooks = house.webhooks

    async def list_webhooks(self, request: HttpRequest) -> Json:
        """Every webhook that the person may see, with its last answers."""
        found = await self._webhooks.list_seen(by=person_of(request))
        return {
            "webhooks": [
                {**_webhook_json(each), "tried": [_tried_json(one) for one in tried]}
                for each, tried in found
            ]
        }

    async def add_webhook(
        self, request: HttpRequest, wish: schemas.WebhookWish
    ) -> tuple[int, Json]:
        """Add one; the answer has its secret, which is told only now."""
        by = person_of(request)
        webhook, secret = await self._webhooks.add(
            wish.url,
            events=SUBSCRIBABLE if wish.events is None else wish.events,
            school=wish.school or by.school,
            by=by,
        )
        return 201, {**_webhook_json(webhook), "secret": secret}

    async def switch_webhook(
        self, request: HttpRequest, hook: str, wish: schemas.SwitchWish
    ) -> Json:
        """Have nothing sent there, or have it sent again."""
        by = person_of(request)
        await self._webhooks.switch(_number(hook), is_on=wish.on, by=by)
        return await self._told(hook, by=by)

    async def rotate_webhook(self, request: HttpRequest, hook: str) -> Json:
        """Another secret, told only now; the one before is good for 24 hours more."""
        by = person_of(request)
        secret = await self._webhooks.rotate(_number(hook), by=by)
        return {**await self._told(hook, by=by), "secret": secret}

    async def test_webhook(self, request: HttpRequest, hook: str) -> tuple[int, Json]:
        """Have a test event sent there."""
        by = person_of(request)
        await self._webhooks.send_test(_number(hook), by=by)
        return 202, await self._told(hook, by=by)

    async def delete_webhook(
        self, request: HttpRequest, response: HttpResponse, hook: str
    ) -> Json:
        """Forget it, with what waits for it."""
        by = person_of(request)
        found = await self._webhooks.find(_number(hook), by=by, act=Act.MANAGE_SCHOOL)
        await self._webhooks.delete(found.id, by=by)
        response["Location"] = WHERE
        return _webhook_json(found)

    async def _told(self, hook: str, *, by: Person) -> Json:
        return _webhook_json(await self._webhooks.find(_number(hook), by=by))


def _number(hook: str) -> WebhookId:
    """No table can hold a NUL, and no webhook is called so."""
    return WebhookId(hook.replace("\0", ""))


def _webhook_json(webhook: Webhook) -> Json:
    events: Sequence[str] = sorted(webhook.events)
    gone, failing = webhook.gone_at, webhook.failing_since
    return {
        "id": webhook.id,
        "school": webhook.school,
        "url": webhook.url,
        "events": events,
        "on": webhook.is_on,
        "created_at": webhook.created_at.isoformat(),
        "gone_at": gone.isoformat() if gone else None,
        "failing_since": failing.isoformat() if failing else None,
    }


def _tried_json(tried: Tried) -> Json:
    return {
        "event": tried.type,
        "state": tried.state,
        "tries": tried.tries,
        "tried_at": tried.tried_at.isoformat() if tried.tried_at else None,
        "status": tried.answer.status,
        "trouble": tried.answer.trouble,
    }
