"""Google's own client at its best: a loop, threads, or batches. Told by JSON on stdin."""

import json
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from typing import Any

import httplib2
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

BATCH = 100
PASSING = (403, 429, 500, 502, 503, 504)
FAILURES = (HttpError, OSError, HTTPException, httplib2.HttpLib2Error)
"""What the client raises, an answer that was cut off included."""

Wanted = list[tuple[str, str]]


class Client:
    """Copies a document; every thread with a connection of its own."""

    def __init__(self, *, url: str, token: str, document: str, retries: int = 0) -> None:
        self._credentials = Credentials(token)
        self._own = threading.local()
        self._document = document
        self.retries = retries
        self.url = url
        self._drive = build(
            "drive",
            "v3",
            credentials=self._credentials,
            client_options={"api_endpoint": f"{url}/drive/v3/"},
            static_discovery=True,
        )

    def http(self) -> Any:
        """The thread's own connection."""
        if not hasattr(self._own, "http"):
            self._own.http = AuthorizedHttp(
                self._credentials, http=httplib2.Http(timeout=60)
            )
        return self._own.http

    def request(self, folder: str, name: str) -> Any:
        """One copy, not yet asked for."""
        body = {"name": name, "parents": [folder]}
        return self._drive.files().copy(
            fileId=self._document, body=body, fields="id", supportsAllDrives=True
        )

    def copy(self, folder: str, name: str) -> None:
        """Make one copy; the client repeats by itself what Google tells to repeat."""
        self.request(folder, name).execute(http=self.http(), num_retries=self.retries)


def by_loop(client: Client, wanted: Wanted) -> int:
    """One after the other; how many failed."""
    return sum(_failed(client, each) for each in wanted)


def by_threads(client: Client, wanted: Wanted, *, threads: int) -> int:
    """Many at once."""
    with ThreadPoolExecutor(threads) as crew:
        return sum(crew.map(lambda each: _failed(client, each), wanted))


def _failed(client: Client, each: tuple[str, str]) -> bool:
    try:
        client.copy(*each)
    except FAILURES:
        return True
    return False


def by_batches(client: Client, wanted: Wanted) -> int:
    """A hundred in a request, and rounds for those that failed in passing."""
    for wait in range(client.retries + 1):
        again: Wanted = []
        for start in range(0, len(wanted), BATCH):
            again += _batch(client, wanted[start : start + BATCH])
        wanted = again
        if not wanted:
            break
        time.sleep(random.random() * 2**wait)  # noqa: TID251 - a peer's own way to wait
    return len(wanted)


def _batch(client: Client, wanted: Wanted) -> Wanted:
    again: Wanted = []

    def note(each: tuple[str, str], _: str, __: Any, error: HttpError | None) -> None:
        if error is not None and error.resp.status in PASSING:
            again.append(each)

    batch = BatchHttpRequest(batch_uri=f"{client.url}/batch/drive/v3")
    for each in wanted:
        batch.add(client.request(*each), callback=partial(note, each))
    try:
        batch.execute(http=client.http())
    except FAILURES:
        return wanted
    return again


def main() -> None:
    """Copy as told; print the seconds from the first call on."""
    told = json.load(sys.stdin)
    client = Client(
        url=told["url"],
        token=told["token"],
        document=told["document"],
        retries=told["retries"],
    )
    wanted = [(folder, name) for folder, name in told["wanted"]]
    began = time.perf_counter()
    match told["how"]:
        case "loop":
            failed = by_loop(client, wanted)
        case "batches":
            failed = by_batches(client, wanted)
        case threads:
            failed = by_threads(client, wanted, threads=int(threads))
    print(json.dumps({"seconds": time.perf_counter() - began, "failed": failed}))


if __name__ == "__main__":
    main()
