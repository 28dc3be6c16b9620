"""Whether hectograph is well, for machines."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hectograph.domain.errors import LedgerUnavailable
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
        """For Prometheus."""
        return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
