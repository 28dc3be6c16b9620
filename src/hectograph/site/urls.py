"""Every address hectograph answers, on one page."""

from django.urls import URLPattern, URLResolver, include, path

from hectograph.app.house import House
from hectograph.web.health import HealthPages
from hectograph.web.home import HomePages
from hectograph.web.welcome import WelcomePages

urlpatterns: list[URLPattern | URLResolver] = []


def install(house: House) -> None:
    """Have the addresses answered by pages of this house."""
    health, home, welcome = HealthPages(house), HomePages(house), WelcomePages(house)
    urlpatterns[:] = [
        path("", home.index, name="home"),
        path("welcome/<str:token>/", welcome.accept, name="welcome"),
        path("account/", include("allauth.account.urls")),
        path("healthz", health.alive, name="healthz"),
        path("readyz", health.ready, name="readyz"),
        path("metrics", health.metrics, name="metrics"),
    ]
