"""The admin API: seeds the world, sets trouble, and tells a checker everything."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from emulators.drive import access, creation, faults, page, sharing, students
from emulators.drive.access import Caller
from emulators.drive.emulator import Emulator
from emulators.drive.model import File
from emulators.drive.refusals import Refusal
from emulators.drive.settings import BadSettings, Settings

Body = dict[str, Any]


async def respond(emulator: Emulator, request: web.BaseRequest) -> web.Response:
    """Answer one request to the admin API."""
    emulator.now()
    run = ROUTES.get((request.method, request.path.rstrip("/")))
    if run is None:
        return _json({"error": "no such thing"}, status=404)
    raw = await request.read()
    try:
        body = json.loads(raw) if raw else {}
        return _run(run, emulator, body, request.query)
    except (BadSettings, ValueError, KeyError, TypeError) as problem:
        return _json({"error": repr(problem)}, status=400)
    except Refusal as refusal:
        problem_body = {"error": refusal.message, "reason": refusal.reason}
        return _json(problem_body, status=refusal.status)


Run = Callable[[Emulator, Body, Mapping[str, str]], Any]


def _run(
    run: Run, emulator: Emulator, body: Body, query: Mapping[str, str]
) -> web.Response:
    result = run(emulator, body, query)
    return result if isinstance(result, web.Response) else _json(result)


def _json(body: Any, *, status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def reset(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """An empty world with these settings."""
    emulator.reset(Settings().updated(body))
    return {}


def settings(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Change some settings; the world stays."""
    emulator.adopt(emulator.settings.updated(body))
    return {}


def advance(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Let time pass in a moment."""
    emulator.skipped_seconds += float(body["seconds"])
    return {"now": emulator.now()}


def users(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Add accounts: one, or many under `users`."""
    made = []
    for given in body.get("users") or [body]:
        user = emulator.world.add_user(**given)
        made.append({"email": user.email, "root": user.root, "id": user.permission_id})
    return {"users": made}


def tokens(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """An access token and a refresh token for an account and a client."""
    account, client = body["account"], body.get("client", "client")
    scopes = body.get("scope", "https://www.googleapis.com/auth/drive")
    if account not in emulator.world.users:
        raise BadSettings(f"no account {account}")
    issued = emulator.tokens.issue(
        emulator.world, account=account, client=client, scopes=scopes
    )
    refresh = emulator.tokens.issue_refresh(
        emulator.world, account=account, client=client, scopes=scopes
    )
    return issued | {"refresh_token": refresh}


def revoke(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Make an account's access tokens worthless."""
    emulator.tokens.revoke(body["account"])
    return {}


def files(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Seed a file or folder, or many under `files`. `key` names one for later `parents`."""
    keys: dict[str, str] = {}
    ids = []
    with emulator.world.without_lag():
        for given in body.get("files") or [body]:
            file = _seed(emulator, given, keys)
            keys[given.get("key", file.id)] = file.id
            ids.append(file.id)
    return {"ids": ids, "id": ids[0]}


def _seed(emulator: Emulator, given: Body, keys: Mapping[str, str]) -> File:
    world = emulator.world
    caller = Caller(
        account=given["owner"],
        client=given.get("client", students.PAGES),
        scopes=frozenset({"drive"}),
    )
    parents = [keys.get(name, name) for name in given.get("parents", [])]
    wanted = (
        "name",
        "mimeType",
        "appProperties",
        "properties",
        "description",
        "modifiedTime",
    )
    about = {key: given[key] for key in wanted if key in given}
    data = str(given.get("content", "")).encode()
    file = creation.create(world, caller, {**about, "parents": parents}, data=data)
    file.copyable = given.get("canCopy", True)
    for permission in given.get("permissions", []):
        sharing.share(world, caller, file.id, permission)
    world.users[caller.account].shared_count = 0
    return file


def set_faults(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Replace the rules of trouble."""
    rules = [faults.Rule.read(one) for one in body["faults"]]
    emulator.trouble = faults.Trouble(rules, seed=emulator.settings.seed)
    return {}


def get_faults(emulator: Emulator, _: Body, __: Mapping[str, str]) -> Body:
    """The rules in force, and how often they struck."""
    return {"faults": emulator.trouble.state()}


def act(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Somebody does something, with their own rights."""
    given = {key: one for key, one in body.items() if key not in {"as", "do", "id"}}
    file = students.act(
        emulator.world, account=body["as"], do=body["do"], file_id=body["id"], given=given
    )
    students.greet_arrivals(emulator.world)
    return {"id": file.id, "version": file.version}


def edit_file(emulator: Emulator, body: Body, _: Mapping[str, str]) -> Body:
    """Change what only Google knows: `copyable`, or a user's `limit_bytes`, `disabled`."""
    if "id" in body:
        emulator.world.files[body["id"]].copyable = bool(body["copyable"])
    if "email" in body:
        user = emulator.world.users[body["email"]]
        user.limit_bytes = body.get("limit_bytes", user.limit_bytes)
        user.disabled = body.get("disabled", user.disabled)
    return {}


def state(emulator: Emulator, _: Body, __: Mapping[str, str]) -> Body:
    """All files, with everything that a checker needs."""
    world = emulator.world
    described = [_describe(emulator, file) for file in world.files.values() if file.parent]
    accounts = {
        user.email: {"root": user.root, "used_bytes": user.used_bytes, "kind": user.kind}
        for user in world.users.values()
    }
    return {"now": world.now, "users": accounts, "files": described}


def _describe(emulator: Emulator, file: File) -> Body:
    world = emulator.world
    return {
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "parents": [file.parent],
        "owner": file.owner,
        "driveId": file.drive_id,
        "deleted": file.gone,
        "trashed": world.is_trashed(file),
        "explicitlyTrashed": file.explicitly_trashed,
        "appProperties": file.app_properties,
        "properties": file.properties,
        "created_by": file.created_by,
        "created_client": file.created_client,
        "created_at": file.created_at,
        "modified_at": file.modified_at,
        "modified_by": file.modified_by,
        "version": file.version,
        "size": file.size_bytes,
        "sha256": file.head.content.sha256 if file.head else None,
        "revisions": len(file.revisions),
        "comments": len(file.comments),
        "locked": file.restriction is not None,
        "history": [asdict(event) for event in file.events],
        "visible_to": sorted(access.viewers(world, file)),
    }


def log(emulator: Emulator, _: Body, query: Mapping[str, str]) -> Body:
    """The calls after a number."""
    return {"calls": emulator.journal.after(int(query.get("after", 0)))}


def counts(emulator: Emulator, _: Body, __: Mapping[str, str]) -> Body:
    """The calls in numbers."""
    return emulator.journal.counts()


def show(emulator: Emulator, _: Body, __: Mapping[str, str]) -> web.Response:
    """The page for people."""
    return web.Response(text=page.render(emulator), content_type="text/html")


ROUTES: dict[tuple[str, str], Run] = {
    ("GET", "/_admin"): show,
    ("POST", "/_admin/reset"): reset,
    ("POST", "/_admin/settings"): settings,
    ("POST", "/_admin/advance"): advance,
    ("POST", "/_admin/users"): users,
    ("POST", "/_admin/tokens"): tokens,
    ("POST", "/_admin/revoke"): revoke,
    ("POST", "/_admin/files"): files,
    ("POST", "/_admin/change"): edit_file,
    ("POST", "/_admin/faults"): set_faults,
    ("GET", "/_admin/faults"): get_faults,
    ("POST", "/_admin/act"): act,
    ("GET", "/_admin/state"): state,
    ("GET", "/_admin/log"): log,
    ("GET", "/_admin/counts"): counts,
}
