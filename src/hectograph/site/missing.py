"""What is answered at an address where there is nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hectograph.api.errors import problem
from hectograph.api.operations import ROOT
from hectograph.domain.errors import NotFound


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """A page, or for programs a problem. Django calls it, wherever it finds nothing."""
    if request.path.startswith(f"{ROOT}/"):
        return problem(404, "There is no such address.")
    error = NotFound(_("There is no such page."))
    return render(request, "web/error.html", {"error": error}, status=404)
