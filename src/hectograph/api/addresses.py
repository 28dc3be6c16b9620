"""The addresses of the API: what each needs, and how it is published."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI

from hectograph.api import schemas
from hectograph.api import school_schemas as told
from hectograph.api.bearer import BearerToken
from hectograph.api.copies import CopyRoutes
from hectograph.api.description import describe
from hectograph.api.errors import install_problems, problem
from hectograph.api.installation import InstallationRoutes
from hectograph.api.limits import Limit
from hectograph.api.operations import ROOT
from hectograph.api.repeats import RepeatRoutes
from hectograph.api.routes import Routes
from hectograph.api.school import SchoolRoutes
from hectograph.api.webhooks import WebhookRoutes
from hectograph.app.house import House
from hectograph.domain.people import Act
from hectograph.domain.tokens import Scope
from hectograph.once import Once
from hectograph.uploads import Uploads

Operation = Callable[..., Coroutine[Any, Any, Any]]
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
PROBLEMS: Final = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503})
ANYBODY: Final = "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An operation: what somebody must be allowed to do, and what is answered.

    `needs` is the scope of a token that it takes; without, reading or sharing. `is_keyed`:
    it is done once for an Idempotency-Key.
    """

    method: str
    path: str
    view: Operation
    act: str
    answer: Any
    status: int = 200
    needs: Scope | None = None
    is_keyed: bool = False

    @property
    def scope(self) -> Scope:
        """What a token must have been given."""
        return self.needs or (Scope.READ if self.method == "GET" else Scope.SHARE)


def get(where: str, view: Operation, answer: Any, act: str = Act.SEE_CLASS) -> Address:
    """What is only looked at."""
    return Address(method="GET", path=where, view=view, act=act, answer=answer)


def post(  # noqa: PLR0917 - a row of a table
    where: str,
    view: Operation,
    answer: Any = schemas.Turned,
    act: str = Act.STEER,
    status: int = 202,
) -> Address:
    """What changes something."""
    return Address(
        method="POST", path=where, view=view, act=act, answer=answer, status=status
    )


def keyed(address: Address) -> Address:
    """What is done once for an Idempotency-Key."""
    return replace(address, is_keyed=True)


A_CLASS: Final = "/classes/{str:number}"
A_SHARE: Final = "/shares/{str:share}"
A_COPY: Final = f"{A_SHARE}/copies/{{int:place}}"
A_REPEAT: Final = "/repeats/{str:repetition}"
A_DRIVE: Final = "/drives/{str:name}"


def _of_shares(routes: Routes) -> Sequence[Address]:
    wish = f"{A_CLASS}/shares"
    return (
        get("/me", routes.me, schemas.Me, ANYBODY),
        get("/classes", routes.list_classes, schemas.ClassList, ANYBODY),
        get(A_CLASS, routes.school_class, schemas.ClassWithRoster),
        post("/uploads", routes.upload, schemas.Uploaded, ANYBODY, 201),
        keyed(post(wish, routes.share, schemas.ShareAccepted, Act.SHARE)),
        post(f"{wish}/preview", routes.preview, schemas.ShareForeseen, Act.SHARE, 200),
        keyed(post("/shares", routes.share_several, schemas.SharesAccepted, ANYBODY)),
        post("/shares/preview", routes.preview_several, schemas.PreviewList, ANYBODY, 200),
        get("/shares", routes.list_shares, schemas.ShareList, ANYBODY),
        get("/queue", routes.queue, schemas.Queue, ANYBODY),
        get(A_SHARE, routes.one_share, schemas.ShareTold),
        get(f"{A_SHARE}/progress", routes.progress, schemas.ProgressTold),
        get(f"{A_SHARE}/copies.csv", routes.table, None),
        post(f"{A_SHARE}/retry", routes.retry),
        post(f"{A_SHARE}/pause", routes.pause),
        post(f"{A_SHARE}/resume", routes.resume),
        post(f"{A_SHARE}/cancel", routes.cancel),
        post(f"{A_SHARE}/move", routes.move),
        keyed(post(f"{A_SHARE}/correct", routes.correct, schemas.ShareAccepted)),
        get(f"{A_SHARE}/recall", routes.find_recall, schemas.RecallTold),
        post(f"{A_SHARE}/recall", routes.recall),
        post(f"{A_SHARE}/recall/undo", routes.undo_recall),
    )


def _of_copies(routes: CopyRoutes) -> Sequence[Address]:
    return (
        keyed(post(f"{A_COPY}/fresh", routes.fresh, schemas.FreshAccepted)),
        post(f"{A_COPY}/fresh/undo", routes.undo_fresh, schemas.NameTold, status=200),
        post(f"{A_COPY}/leave", routes.leave, schemas.Decided, status=200),
        post(f"{A_COPY}/lock", routes.lock, schemas.Decided, status=200),
        post(f"{A_COPY}/unlock", routes.unlock, schemas.Decided, status=200),
        keyed(post(f"{A_COPY}/hand-over", routes.hand_over, schemas.Decided)),
    )


def _of_repeats(routes: RepeatRoutes) -> Sequence[Address]:
    wish, told = f"{A_CLASS}/repeats", schemas.RepeatTold
    foreseen = schemas.RepeatForeseen
    return (
        get("/repeats", routes.list_repeats, schemas.RepeatList, ANYBODY),
        keyed(post(wish, routes.repeat, told, Act.SHARE, 201)),
        post(f"{wish}/preview", routes.preview_repeat, foreseen, Act.SHARE, 200),
        get(A_REPEAT, routes.one_repeat, schemas.RepeatWithDays),
        post(f"{A_REPEAT}/pause", routes.pause_repeat, told, status=200),
        post(f"{A_REPEAT}/resume", routes.resume_repeat, told, status=200),
        post(f"{A_REPEAT}/cancel", routes.cancel_repeat, told, status=200),
        post(f"{A_REPEAT}/move", routes.move_repeat, told, status=200),
    )


def _of_school(routes: SchoolRoutes) -> Sequence[Address]:
    see, manage = Act.SEE_SCHOOL, Act.MANAGE_SCHOOL
    person = "/people/{int:person}"
    people, plan = told.PeopleList, told.PlanTold
    return (
        get("/people", routes.list_people, people, see),
        post("/people", routes.invite, told.Invited, manage, 201),
        post(f"{person}/dismiss", routes.dismiss, people, manage, 200),
        _put(f"{A_CLASS}/teachers", routes.set_teachers, people),
        _put(f"{A_CLASS}/folders", routes.place, told.PlaceSaid),
        get("/rosters", routes.list_loads, told.LoadList, see),
        post("/rosters/plan", routes.plan_rosters, plan, manage, 200),
        keyed(post("/rosters", routes.load_rosters, told.LoadTold, manage, 200)),
        get("/audit", routes.audit, told.AuditTold, see),
    )


def _of_webhooks(routes: WebhookRoutes) -> Sequence[Address]:
    a_hook, manage = "/webhooks/{str:hook}", Act.MANAGE_SCHOOL
    hook, secret = schemas.WebhookTold, schemas.WebhookWithSecret
    return (
        post("/webhooks", routes.add_webhook, secret, manage, 201),
        post(f"{a_hook}/switch", routes.switch_webhook, hook, manage, 200),
        post(f"{a_hook}/rotate", routes.rotate_webhook, secret, manage, 200),
        post(f"{a_hook}/test", routes.test_webhook, hook, manage),
        post(f"{a_hook}/delete", routes.delete_webhook, hook, manage, 200),
    )


def _of_installation(routes: InstallationRoutes) -> Sequence[Address]:
    operate, halt = Act.OPERATE, told.HaltFound
    return (
        get("/drives", routes.list_drives, told.DriveList, operate),
        post(f"{A_DRIVE}/check", routes.check_drive, told.CheckTold, operate, 200),
        post(f"{A_DRIVE}/wake", routes.wake, told.Woken, operate, 200),
        post("/halt", routes.halt, halt, operate, 200),
        post("/halt/end", routes.end_halt, halt, operate, 200),
    )


def _put(where: str, view: Operation, answer: Any) -> Address:
    """What takes the place of what a class has."""
    return Address(method="PUT", path=where, view=view, act=Act.MANAGE_CLASS, answer=answer)


def _addresses(house: House, uploads: Uploads) -> Sequence[Address]:
    given = (house, uploads, Once[str]())
    installation, hooks = InstallationRoutes(*given), WebhookRoutes(house)
    administered = (
        *_of_school(SchoolRoutes(*given)),
        *_of_webhooks(hooks),
        *_of_installation(installation),
    )
    return (
        *_of_shares(Routes(*given)),
        *_of_copies(CopyRoutes(*given)),
        *_of_repeats(RepeatRoutes(*given)),
        get("/halt", installation.find_halt, told.HaltFound, ANYBODY),
        get("/webhooks", hooks.list_webhooks, schemas.WebhookList, Act.SEE_SCHOOL),
        *(replace(each, needs=Scope.ADMIN) for each in administered),
    )


def api_addresses(house: House, uploads: Uploads) -> list[URLPattern]:
    """All of them, with the one that describes them."""
    api = NinjaAPI(title="Hectograph", version="1", openapi_url=None, docs_url=None)
    install_problems(api)
    addresses = _addresses(house, uploads)
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
        path(f"{ROOT[1:]}/openapi.json", _described(api, addresses), name="api-openapi"),
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


def _described(api: NinjaAPI, addresses: Sequence[Address]) -> View:
    keyed_ones = {each.view.__name__ for each in addresses if each.is_keyed}

    async def described(_request: HttpRequest) -> HttpResponseBase:
        written = api.get_openapi_schema(path_prefix=ROOT)
        return JsonResponse(describe(written, keyed=keyed_ones))

    return described


async def _unknown(_request: HttpRequest, rest: str) -> HttpResponseBase:
    return problem(404, f"There is no address {ROOT}/{rest}.")


_unknown.csrf_exempt = True  # type: ignore[attr-defined]
