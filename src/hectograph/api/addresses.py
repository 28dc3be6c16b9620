"""The addresses of the API: what each needs, and how it is published."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI

from hectograph.api import schemas
from hectograph.api.bearer import BearerToken
from hectograph.api.errors import install_problems, problem
from hectograph.api.limits import Limit
from hectograph.api.routes import ROOT, Routes
from hectograph.api.webhooks import WebhookRoutes
from hectograph.app.house import House
from hectograph.domain.people import Act
from hectograph.domain.tokens import Scope
from hectograph.uploads import Uploads

Operation = Callable[..., Coroutine[Any, Any, Any]]
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
PROBLEMS: Final = frozenset({400, 401, 403, 404, 409, 422, 429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An operation: what somebody must be allowed to do, and what is answered."""

    method: str
    path: str
    view: Operation
    act: str
    answer: Any
    status: int = 200

    @property
    def scope(self) -> Scope:
        """What a token must have been given."""
        if self.method == "GET":
            return Scope.READ
        return Scope.MANAGE if self.act == Act.MANAGE_SCHOOL else Scope.SHARE


def _addresses(routes: Routes, hooks: WebhookRoutes) -> Sequence[Address]:
    def get(
        where: str, view: Operation, answer: Any, *, act: str = Act.SEE_CLASS
    ) -> Address:
        return Address(method="GET", path=where, view=view, act=act, answer=answer)

    def post(
        where: str,
        view: Operation,
        answer: Any = schemas.Turned,
        *,
        act: str = Act.STEER,
        status: int = 202,
    ) -> Address:
        return Address(
            method="POST", path=where, view=view, act=act, answer=answer, status=status
        )

    def manage(
        where: str, view: Operation, answer: Any = schemas.WebhookTold, *, status: int = 200
    ) -> Address:
        return post(where, view, answer, act=Act.MANAGE_SCHOOL, status=status)

    hook = "/webhooks/{str:hook}"
    a_class, a_share = "/classes/{str:number}", "/shares/{str:share}"
    wish = f"{a_class}/shares"
    return (
        get("/me", routes.me, schemas.Me, act="anybody"),
        get("/classes", routes.list_classes, schemas.ClassList, act="anybody"),
        get(a_class, routes.school_class, schemas.ClassWithRoster),
        post("/uploads", routes.upload, schemas.Uploaded, act="anybody", status=201),
        post(wish, routes.share, schemas.ShareAccepted, act=Act.SHARE),
        post(
            f"{wish}/preview",
            routes.preview,
            schemas.ShareTold,
            act=Act.SHARE,
            status=200,
        ),
        post("/shares", routes.share_several, schemas.SharesAccepted, act="anybody"),
        post(
            "/shares/preview",
            routes.preview_several,
            schemas.PreviewList,
            act="anybody",
            status=200,
        ),
        get("/shares", routes.list_shares, schemas.ShareList, act="anybody"),
        get(a_share, routes.one_share, schemas.ShareTold),
        post(f"{a_share}/retry", routes.retry),
        post(f"{a_share}/pause", routes.pause),
        post(f"{a_share}/resume", routes.resume),
        post(f"{a_share}/cancel", routes.cancel),
        post(f"{a_share}/move", routes.move),
        post(f"{a_share}/correct", routes.correct, schemas.ShareAccepted),
        get(f"{a_share}/recall", routes.find_recall, schemas.RecallTold),
        post(f"{a_share}/recall", routes.recall),
        post(f"{a_share}/recall/undo", routes.undo_recall),
        get("/webhooks", hooks.list_webhooks, schemas.WebhookList, act=Act.SEE_SCHOOL),
        manage("/webhooks", hooks.add_webhook, schemas.WebhookWithSecret, status=201),
        manage(f"{hook}/switch", hooks.switch_webhook),
        manage(f"{hook}/rotate", hooks.rotate_webhook, schemas.WebhookWithSecret),
        manage(f"{hook}/test", hooks.test_webhook, status=202),
        manage(f"{hook}/delete", hooks.delete_webhook),
    )


def api_addresses(house: House, uploads: Uploads) -> list[URLPattern]:
    """All of them, with the one that describes them."""
    api = NinjaAPI(title="Hectograph", version="1", openapi_url=None, docs_url=None)
    install_problems(api)
    addresses = _addresses(Routes(house, uploads), WebhookRoutes(house))
    limit = Limit()
    for each in addresses:
        door = BearerToken(
            house.tokens, clock=house.sharing.clock, scope=each.scope, limit=limit
        )
        api.default_router.add_api_operation(
            each.path,
            [each.method],
            _function_of(each.view),
            auth=door,
            response={each.status: each.answer, PROBLEMS: schemas.ProblemTold},
            by_alias=True,
            operation_id=each.view.__name__,
            url_name=f"api-{each.view.__name__}",
        )
    acts: dict[str, dict[str, str]] = {}
    for each in addresses:
        acts.setdefault(each.path, {})[each.method] = each.act
    return [
        *(
            path(f"{ROOT[1:]}/{each.pattern}", _answered(each, acts), name=each.name)
            for each in api.urls[0]
            if isinstance(each, URLPattern) and each.name != "api-root"
        ),
        path(f"{ROOT[1:]}/openapi.json", _described(api), name="api-openapi"),
        path(f"{ROOT[1:]}/<path:rest>", _unknown, name="api-unknown"),
    ]


def _function_of(method: Operation) -> Operation:
    """Ninja writes on what it is given, and nobody writes on a method."""

    @wraps(method)
    async def function(*args: Any, **kwargs: Any) -> Any:
        return await method(*args, **kwargs)

    return function


def _answered(pattern: URLPattern, acts: dict[str, dict[str, str]]) -> View:
    """An address that says also in our way that a method is not for it."""
    view: View = pattern.callback

    @wraps(view)
    async def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = await view(request, *args, **kwargs)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        refused = problem(405, f"{request.method} is not for this address.")
        refused["Allow"] = response.headers.get("Allow", "")
        return refused

    known = acts[f"/{pattern.pattern}".replace("<", "{").replace(">", "}")]
    answered.acts = known  # type: ignore[attr-defined]  # for tests that walk all addresses
    return answered


def _described(api: NinjaAPI) -> View:
    async def described(_request: HttpRequest) -> HttpResponseBase:
        return JsonResponse(api.get_openapi_schema(path_prefix=ROOT))

    return described


async def _unknown(_request: HttpRequest, rest: str) -> HttpResponseBase:
    return problem(404, f"There is no address {ROOT}/{rest}.")


_unknown.csrf_exempt = True  # type: ignore[attr-defined]
