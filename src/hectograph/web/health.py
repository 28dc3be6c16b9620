"""Whether hectograph is well, for machines."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from hectograph.domain.errors import LedgerUnavailable
from hectograph.ports.vital_signs import Signs
from hectograph.web.pages import Pages


class HealthPages(Pages):
    """Without a sign-in; they name nobody."""

    async def alive(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """The process answers."""
        return HttpResponse("ok\n", content_type="text/plain")

    async def ready(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """The database answers; and whether a worker is about."""
        presence = self.house.presence
        try:
            about = await self.house.desk.run(presence.is_worker_about)
        except LedgerUnavailable:
            return JsonResponse({"database": False}, status=503)
        return JsonResponse({"database": True, "worker": about})

    async def metrics(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """For Prometheus: the installation as one query finds it, and this process."""
        try:
            signs = await self.house.desk.run(self.house.vital_signs.read)
        except LedgerUnavailable:
            return HttpResponse(status=503)
        told = generate_latest(_gauges(signs)) + generate_latest()
        return HttpResponse(told, content_type=CONTENT_TYPE_LATEST)


def _gauges(signs: Signs) -> CollectorRegistry:
    registry = CollectorRegistry()
    for name, means, value in (
        (
            "open_deliveries",
            "Copies owed, neither there nor failed.",
            signs.open_deliveries,
        ),
        ("running_shares", "Shares under way.", signs.running_shares),
        ("workers", "Workers about.", signs.workers),
        ("resting_accounts", "Accounts that rest.", signs.resting_accounts),
        ("halted", "1 while everything is paused.", signs.is_halted),
    ):
        Gauge(f"hectograph_{name}", means, registry=registry).set(value)
    return registry
