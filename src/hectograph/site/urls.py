"""Every address hectograph answers, on one page."""

from allauth.account import views as doors
from django.urls import URLPattern, URLResolver, path

from hectograph.api.addresses import api_addresses
from hectograph.app.house import House
from hectograph.domain.sign_in import Service
from hectograph.settings import Settings
from hectograph.site.by_service import ServicePages
from hectograph.uploads import Uploads
from hectograph.web.audit import AuditPages
from hectograph.web.choosing import Choosing
from hectograph.web.classes import ClassPages
from hectograph.web.digest import DigestPages
from hectograph.web.drives import DrivePages
from hectograph.web.first_steps import FirstStepPages
from hectograph.web.health import HealthPages
from hectograph.web.home import HomePages
from hectograph.web.language import LanguagePages
from hectograph.web.operating import OperatingPages
from hectograph.web.people import PeoplePages
from hectograph.web.queue import QueuePages
from hectograph.web.retention import RetentionPages
from hectograph.web.rosters import RosterPages
from hectograph.web.searching import SearchPages
from hectograph.web.shares import SharePages
from hectograph.web.sharing import SharingPages
from hectograph.web.steering import SteeringPages
from hectograph.web.tokens import TokenPages
from hectograph.web.webhooks import WebhookPages
from hectograph.web.welcome import WelcomePages

urlpatterns: list[URLPattern | URLResolver] = []
handler404 = "hectograph.site.missing.not_found"


def install(house: House, settings: Settings) -> None:
    """Have the addresses answered by pages of this house."""
    kept = Uploads(root=settings.data_dir / "uploads")
    services = settings.services()
    sign_in = doors.LoginView.as_view(extra_context={"services": services})
    choosing = Choosing(uploads=kept, clock=house.sharing.clock)
    health, home, welcome = HealthPages(house), HomePages(house), WelcomePages(house)
    share, seen = SharingPages(house, choosing), SharePages(house)
    steering, digest = SteeringPages(house, choosing), DigestPages(house)
    search = SearchPages(house)
    urlpatterns[:] = [
        path("", home.index, name="home"),
        path("welcome/<str:token>/", welcome.accept, name="welcome"),
        path("classes/<str:number>/share/", share.ask, name="share-ask"),
        path("classes/<str:number>/share/name/", share.name, name="share-name"),
        path(
            "classes/<str:number>/share/documents/",
            search.documents,
            name="share-documents",
        ),
        path("shares/<str:share>/", seen.index, name="share"),
        path("shares/<str:share>/events", seen.events, name="share-events"),
        path("shares/<str:share>/copies.csv", seen.table, name="share-table"),
        path("shares/<str:share>/turn/<str:turn>/", steering.turn, name="share-turn"),
        path("shares/<str:share>/cancel/", steering.cancel, name="share-cancel"),
        path("shares/<str:share>/move/", steering.move, name="share-move"),
        path("shares/<str:share>/recall/", steering.recall, name="share-recall"),
        path("shares/<str:share>/recall/undo/", steering.undo, name="share-undo"),
        path("shares/<str:share>/correct/", steering.correct, name="share-correct"),
        path("shares/<str:share>/late/", steering.late, name="share-late"),
        path("shares/<str:share>/fresh/<int:copy>/", steering.fresh, name="share-fresh"),
        *_school(house),
        # Of allauth's pages those that we have: a new password is by invitation.
        path("account/login/", sign_in, name="account_login"),
        path("account/logout/", doors.logout, name="account_logout"),
        path("account/password/", doors.password_change, name="account_change_password"),
        path("account/language/", LanguagePages(house).index, name="account-language"),
        *_services(house, settings),
        path("account/tokens/", TokenPages(house).index, name="account-tokens"),
        path("account/digest/", digest.index, name="account-digest"),
        path("digest/stop/<str:token>/", digest.stop, name="digest-stop"),
        path("healthz", health.alive, name="healthz"),
        path("readyz", health.ready, name="readyz"),
        path("metrics", health.metrics, name="metrics"),
        *api_addresses(house, kept),
    ]


def _school(house: House) -> list[URLPattern]:
    """Looking after a school, and after the installation."""
    people, classes, rosters = PeoplePages(house), ClassPages(house), RosterPages(house)
    audit, drives, operating = AuditPages(house), DrivePages(house), OperatingPages(house)
    first, queue = FirstStepPages(house), QueuePages(house)
    hooks = WebhookPages(house)
    one_hook = "school/webhooks/<str:hook>"
    return [
        path("school/webhooks/", hooks.index, name="school-webhooks"),
        path(f"{one_hook}/switch/", hooks.switch, name="school-webhook-switch"),
        path(f"{one_hook}/rotate/", hooks.rotate, name="school-webhook-rotate"),
        path(f"{one_hook}/test/", hooks.test, name="school-webhook-test"),
        path(f"{one_hook}/delete/", hooks.delete, name="school-webhook-delete"),
        path("school/sample/", first.sample, name="school-sample"),
        path("school/people/", people.index, name="school-people"),
        path("school/people/<int:number>/dismiss/", people.dismiss, name="school-dismiss"),
        path("school/classes/", classes.index, name="school-classes"),
        path("school/classes/<str:number>/", classes.one, name="school-class"),
        path(
            "school/classes/<str:number>/teachers/",
            classes.teachers,
            name="school-teachers",
        ),
        path("school/classes/<str:number>/folders/", classes.place, name="school-place"),
        path("school/rosters/", rosters.index, name="school-rosters"),
        path("school/rosters/load/", rosters.load, name="school-load"),
        path("school/audit/", audit.index, name="school-audit"),
        path("school/retention/", RetentionPages(house).index, name="school-retention"),
        path("school/drives/", drives.index, name="school-drives"),
        path("school/drives/<str:name>/check/", drives.check, name="school-check"),
        path("school/drives/<str:name>/wake/", drives.wake, name="school-wake"),
        path("school/queue/", queue.index, name="school-queue"),
        path("school/pause/", operating.pause, name="school-pause"),
        path("school/pause/resume/", operating.resume, name="school-resume"),
    ]


def _services(house: House, settings: Settings) -> list[URLPattern]:
    """Signing in by other services: those that were set, and no others."""
    services = settings.services()
    pages = ServicePages(house, services)
    google, microsoft, oidc = (
        {"service": each} for each in (Service.GOOGLE, Service.MICROSOFT, Service.OIDC)
    )
    # Of those that come back, allauth asks for the address by these names.
    found = {
        Service.GOOGLE: [
            path("account/by/google/", pages.begin, google, name="by-google"),
            path("account/by/google/back/", pages.back, google, name="google_callback"),
        ],
        Service.MICROSOFT: [
            path("account/by/microsoft/", pages.begin, microsoft, name="by-microsoft"),
            path(
                "account/by/microsoft/back/",
                pages.back,
                microsoft,
                name="microsoft_callback",
            ),
        ],
        Service.OIDC: [
            path("account/by/oidc/", pages.begin, oidc, name="by-oidc"),
            path(
                "account/by/oidc/back/",
                pages.back,
                {**oidc, "provider_id": Service.OIDC.value},
                name="openid_connect_callback",
            ),
        ],
        Service.SAML: _saml(house, settings) if Service.SAML in services else [],
    }
    return [each for service in services for each in found[service]]


def _saml(house: House, settings: Settings) -> list[URLPattern]:
    # Only now: what it needs need not be installed.
    from hectograph.site.by_saml import SamlPages  # noqa: PLC0415
    from hectograph.site.saml import Saml  # noqa: PLC0415

    pages = SamlPages(house, settings.services(), Saml.of(settings))
    return [
        path("account/by/saml/", pages.ask, name="by-saml"),
        path("account/by/saml/back/", pages.take, name="by-saml-back"),
        path("account/by/saml/finish/", pages.finish, name="by-saml-finish"),
        path("account/by/saml/metadata/", pages.metadata, name="by-saml-metadata"),
    ]
