"""Every address hectograph answers, on one page."""

from pathlib import Path

from django.urls import URLPattern, URLResolver, include, path

from hectograph.app.house import House
from hectograph.web.choosing import Choosing
from hectograph.web.health import HealthPages
from hectograph.web.home import HomePages
from hectograph.web.shares import SharePages
from hectograph.web.sharing import SharingPages
from hectograph.web.steering import SteeringPages
from hectograph.web.uploads import Uploads
from hectograph.web.welcome import WelcomePages

urlpatterns: list[URLPattern | URLResolver] = []


def install(house: House, *, uploads: Path) -> None:
    """Have the addresses answered by pages of this house. `uploads`: a folder for them."""
    choosing = Choosing(uploads=Uploads(root=uploads), clock=house.sharing.clock)
    health, home, welcome = HealthPages(house), HomePages(house), WelcomePages(house)
    share, seen = SharingPages(house, choosing), SharePages(house)
    steering = SteeringPages(house, choosing)
    urlpatterns[:] = [
        path("", home.index, name="home"),
        path("welcome/<str:token>/", welcome.accept, name="welcome"),
        path("classes/<str:number>/share/", share.ask, name="share-ask"),
        path("classes/<str:number>/share/name/", share.name, name="share-name"),
        path("shares/<str:share>/", seen.index, name="share"),
        path("shares/<str:share>/events", seen.events, name="share-events"),
        path("shares/<str:share>/copies.csv", seen.table, name="share-table"),
        path("shares/<str:share>/turn/<str:turn>/", steering.turn, name="share-turn"),
        path("shares/<str:share>/cancel/", steering.cancel, name="share-cancel"),
        path("shares/<str:share>/move/", steering.move, name="share-move"),
        path("shares/<str:share>/recall/", steering.recall, name="share-recall"),
        path("shares/<str:share>/recall/undo/", steering.undo, name="share-undo"),
        path("shares/<str:share>/correct/", steering.correct, name="share-correct"),
        path("shares/<str:share>/fresh/<int:copy>/", steering.fresh, name="share-fresh"),
        path("account/", include("allauth.account.urls")),
        path("healthz", health.alive, name="healthz"),
        path("readyz", health.ready, name="readyz"),
        path("metrics", health.metrics, name="metrics"),
    ]
