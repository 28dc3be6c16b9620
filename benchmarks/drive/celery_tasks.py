"""A Celery task for each copy, as its manual advises: acknowledged late, backing off.

`python -m benchmarks.drive.celery_tasks` sends them, told by JSON on stdin, and waits.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from benchmarks.drive.google_client import FAILURES, Client

PLACE = Path(os.environ["BENCH_CELERY_PLACE"])
BROKER = os.environ["BENCH_CELERY_BROKER"]
FOLDERS = {
    "data_folder_in": str(PLACE),
    "data_folder_out": str(PLACE),
    "control_folder": str(PLACE / "control"),
}
RETRIES = 10

app = Celery("copies", broker=BROKER)
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={} if BROKER.startswith("redis") else FOLDERS,
)
_clients: dict[str, Client] = {}


@worker_ready.connect
def tell_ready(**_: Any) -> None:
    """The worker is up."""
    (PLACE / "ready").touch()


class Noting(app.Task):
    """Writes a mark for each copy that is over, made or given up."""

    def after_return(self, status: str, *_: Any, **__: Any) -> None:
        if status != "RETRY":
            with (PLACE / "over").open("ab") as marks:
                marks.write(b".")


@app.task(
    base=Noting,
    name="copy",
    autoretry_for=FAILURES,
    retry_backoff=True,
    retry_backoff_max=60,
    retry_jitter=True,
    max_retries=RETRIES,
    ignore_result=True,
)
def copy(told: dict[str, str], folder: str, name: str) -> None:
    """One copy."""
    document = told["document"]
    if document not in _clients:
        _clients[document] = Client(**told)
    _clients[document].copy(folder, name)


def main() -> None:
    """Send a task for each copy, and wait until all are over."""
    told = json.load(sys.stdin)
    to = {each: told[each] for each in ("url", "token", "document")}
    over = PLACE / "over"
    over.touch()
    began = time.perf_counter()
    for folder, name in told["wanted"]:
        copy.delay(to, folder, name)
    while over.stat().st_size < len(told["wanted"]):
        time.sleep(0.02)  # noqa: TID251 - a peer's own way to wait
    print(json.dumps({"seconds": time.perf_counter() - began, "failed": 0}))


if __name__ == "__main__":
    main()
