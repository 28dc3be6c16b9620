"""The language that somebody chose, kept in their browser as well.

Pages of allauth, and the one on which people sign in, know nobody yet: what the browser
keeps tells them. Whoever signs in there next brings their own choice.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language_from_request


def language_for(request: HttpRequest, chosen: str) -> str:
    """What somebody reads who chose this; nothing, or what is gone, is the browser's word.

    What the browser keeps may be the choice of whoever sat there before.
    """
    if chosen in dict(settings.LANGUAGES):
        return chosen
    nobody = HttpRequest()
    nobody.META = request.META
    return get_language_from_request(nobody)


def remembered(
    answer: HttpResponseBase, request: HttpRequest, chosen: str
) -> HttpResponseBase:
    """An answer that has the browser keep a choice, or drop one, if it has another."""
    name = settings.LANGUAGE_COOKIE_NAME
    if chosen == request.COOKIES.get(name, ""):
        return answer
    if not chosen:
        answer.delete_cookie(name, samesite=settings.LANGUAGE_COOKIE_SAMESITE)
        return answer
    answer.set_cookie(
        name,
        chosen,
        max_age=settings.SESSION_COOKIE_AGE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return answer
