"""Who may bring in whom, and let them go."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from hectograph.app.staff import GOOD_FOR, Staff
from hectograph.domain.errors import NotAllowed, RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Person, Role
from hectograph.domain.sign_in import Claim, Service, Standing
from hectograph.ports.people import Acquaintance
from hectograph.threads import OneThread

from ..builders import FakeClock


@dataclass
class MemoryPeople:
    """The staff, in dictionaries, without passwords."""

    known: dict = field(default_factory=dict)
    gone: set = field(default_factory=set)
    came_at: dict = field(default_factory=dict)
    invitations: dict = field(default_factory=dict)

    def find_signed_in(self, person, *, session_hash):
        return None if person in self.gone else self.known.get(person)

    def list_people(self, *, school):
        return [
            each
            for each in self.known.values()
            if each.id not in self.gone and school in (None, each.school)
        ]

    def find(self, email):
        return next((e for e in self.known.values() if e.email == email), None)

    def look_up(self, email, *, now):
        person = self.find(email)
        standing = Standing.NOBODY
        if person is not None:
            standing = Standing.LEFT if person.id in self.gone else Standing.HERE
        kept = self.invitations.values()
        good = (each for each in kept if each.email == email and each.expires_at > now)
        return Acquaintance(standing=standing, person=person, invitation=next(good, None))

    def note_entry(self, person, *, begun_at, now):
        last = self.came_at.get(person)
        if person in self.gone or (last is not None and last >= begun_at):
            return False
        self.came_at[person] = now
        return True

    def is_empty(self):
        return not self.known

    def invite(self, invitation):
        kept = self.invitations.values()
        others = [each for each in kept if each.email != invitation.email]
        self.invitations = {each.token_sha256: each for each in (*others, invitation)}

    def find_invitation(self, token_sha256, *, now):
        found = self.invitations.get(token_sha256)
        return found if found and found.expires_at > now else None

    def accept(self, invitation, *, email, name, password):
        if self.invitations.pop(invitation.token_sha256, None) is None:
            return None
        known = self.find(email)
        number = known.id if known else PersonId(len(self.known) + 1)
        self.known[number] = Person(
            id=number,
            email=email,
            name=name,
            role=invitation.role,
            school=invitation.school,
        )
        self.gone.discard(number)
        return self.known[number]

    def leave(self, person):
        self.gone.add(person)
        email = self.known[person].email
        kept = self.invitations.items()
        self.invitations = {key: each for key, each in kept if each.email != email}

    def speak(self, person, language):
        self.known[person] = replace(self.known[person], language=language)


class Tokens:
    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return f"token {self.made}"


@pytest.fixture
def staff():
    desk = OneThread("desk")
    yield Staff(
        people=MemoryPeople(),
        desk=desk,
        clock=FakeClock(),
        new_token=Tokens(),
        school="school",
    )
    desk.close()


@pytest.fixture
def operator(staff):
    return asyncio.run(come_in(staff, asyncio.run(staff.first_link()), "olga@x.test"))


async def come_in(staff, token, email):
    return await staff.accept(token, email=email, name="Somebody", password="a password")


def invited(staff, role, *, by, email="new@x.test", school="school"):
    token = asyncio.run(staff.invite(email, role, school=school, by=by))
    return asyncio.run(come_in(staff, token, email))


def test_the_first_one_comes_in_as_operator_and_there_is_one_first(staff, operator):
    assert (operator.role, operator.school) == (Role.OPERATOR, "school")
    assert asyncio.run(staff.first_link()) is None


def test_only_a_digest_of_a_link_is_kept(staff):
    token = asyncio.run(staff.first_link())

    assert all(token not in repr(each) for each in staff.people.invitations.values())
    assert asyncio.run(staff.find_invitation(token)) is not None
    assert asyncio.run(staff.find_invitation("another")) is None


def test_a_link_is_good_for_seven_days(staff):
    token = asyncio.run(staff.first_link())

    staff.clock.advance(GOOD_FOR.total_seconds())

    with pytest.raises(RequestRefused):
        asyncio.run(come_in(staff, token, "late@x.test"))


def test_whoever_is_invited_has_the_email_of_the_invitation(staff, operator):
    token = asyncio.run(staff.invite("Ada@X.test", Role.TEACHER, school="s", by=operator))

    ada = asyncio.run(come_in(staff, token, "mallory@x.test"))

    assert ada.email == "ada@x.test"


@pytest.mark.parametrize("role", [Role.TEACHER, Role.AUDITOR])
def test_who_does_not_manage_the_school_invites_nobody(staff, operator, role):
    somebody = invited(staff, role, by=operator)

    with pytest.raises(NotAllowed):
        invited(staff, Role.TEACHER, by=somebody, email="b@x.test")


def test_an_admin_takes_over_nobody_above_or_elsewhere(staff, operator):
    admin = invited(staff, Role.ADMIN, by=operator)
    invited(staff, Role.TEACHER, by=operator, email="away@x.test", school="other")

    for email in ("olga@x.test", "away@x.test"):
        with pytest.raises(NotAllowed):
            asyncio.run(staff.invite(email, Role.TEACHER, school="school", by=admin))


def test_inviting_somebody_again_changes_what_they_are(staff, operator):
    teacher = invited(staff, Role.TEACHER, by=operator)

    admin = invited(staff, Role.ADMIN, by=operator)

    assert (admin.id, admin.role) == (teacher.id, Role.ADMIN)


def test_nobody_invites_or_dismisses_themselves(staff, operator):
    with pytest.raises(RequestRefused):
        invited(staff, Role.TEACHER, by=operator, email=operator.email)
    with pytest.raises(RequestRefused):
        asyncio.run(staff.dismiss(operator.id, by=operator))


def test_who_was_dismissed_is_here_no_more(staff, operator):
    teacher = invited(staff, Role.TEACHER, by=operator)

    asyncio.run(staff.dismiss(teacher.id, by=operator))

    assert asyncio.run(staff.list_people(by=operator)) == [operator]
    assert asyncio.run(staff.find_signed_in(teacher.id, session_hash="")) is None


def test_an_admin_sees_and_dismisses_their_school_alone(staff, operator):
    admin = invited(staff, Role.ADMIN, by=operator)
    away = invited(staff, Role.TEACHER, by=operator, email="a@x.test", school="other")

    seen = asyncio.run(staff.list_people(by=admin))

    assert {each.id for each in seen} == {operator.id, admin.id}
    for other in (away, operator):
        with pytest.raises(NotAllowed):
            asyncio.run(staff.dismiss(other.id, by=admin))


def test_a_teacher_does_not_see_who_is_here(staff, operator):
    with pytest.raises(NotAllowed):
        asyncio.run(staff.list_people(by=replace(operator, role=Role.TEACHER)))


def test_somebody_chooses_the_language_they_read(staff, operator):
    asyncio.run(staff.speak("de", to=operator))
    assert staff.people.known[operator.id].language == "de"

    asyncio.run(staff.speak("", to=operator))
    assert not staff.people.known[operator.id].language


@pytest.mark.parametrize("tag", ["German", "de_DE", "../de", "d", "de " * 20])
def test_what_is_no_language_is_refused(staff, operator, tag):
    with pytest.raises(RequestRefused):
        asyncio.run(staff.speak(tag, to=operator))

    assert not staff.people.known[operator.id].language


def enter(staff, email="ada@x.test", *, begun_at=None, **more):
    said = {"service": Service.OIDC, "is_verified": True, "name": "Ada Lovelace", **more}
    staff.clock.advance(1)
    begun_at = begun_at or staff.clock.now()
    staff.clock.advance(1)
    return asyncio.run(staff.enter(Claim(email=email, **said), begun_at=begun_at))


def test_whoever_is_here_comes_in_by_a_service_whatever_the_case_of_their_email(
    staff, operator
):
    ada = invited(staff, Role.TEACHER, by=operator, email="ada@x.test")

    assert enter(staff, "Ada@X.test") == ada


def test_an_invitation_is_accepted_by_coming_in_by_a_service(staff, operator):
    link = asyncio.run(staff.invite("Ada@x.test", Role.ADMIN, school="s", by=operator))

    ada = enter(staff)

    assert (ada.role, ada.school, ada.name) == (Role.ADMIN, "s", "Ada Lovelace")
    assert asyncio.run(staff.find_invitation(link)) is None


def test_an_invitation_that_is_too_old_lets_nobody_in(staff, operator):
    asyncio.run(staff.invite("ada@x.test", Role.TEACHER, school="s", by=operator))
    staff.clock.advance(GOOD_FOR.total_seconds())

    with pytest.raises(NotAllowed, match="Nobody here has the email"):
        enter(staff)


def test_the_link_for_the_first_of_all_is_nobodys_invitation(staff):
    asyncio.run(staff.first_link())

    with pytest.raises(NotAllowed):
        enter(staff)
    with pytest.raises(RequestRefused):
        enter(staff, "")


def test_somebody_who_is_here_keeps_the_name_that_they_gave_themselves(staff, operator):
    invited(staff, Role.TEACHER, by=operator, email="ada@x.test")
    asyncio.run(staff.invite("ada@x.test", Role.ADMIN, school="school", by=operator))

    ada = enter(staff)

    assert (ada.role, ada.name) == (Role.ADMIN, "Somebody")


@pytest.mark.parametrize(
    ("said", "called"),
    [("  Ada  L. ", "Ada L."), ("", "ada"), ("x" * 300, "x" * 100)],
)
def test_somebody_new_is_called_as_the_service_says_or_by_their_email(
    staff, operator, said, called
):
    asyncio.run(staff.invite("ada@x.test", Role.TEACHER, school="s", by=operator))

    assert enter(staff, name=said).name == called


def test_an_email_that_the_service_does_not_vouch_for_lets_nobody_in(staff, operator):
    invited(staff, Role.TEACHER, by=operator, email="ada@x.test")

    with pytest.raises(NotAllowed, match="does not say"):
        enter(staff, is_verified=False)


def test_who_was_let_go_comes_in_by_no_service_and_by_no_earlier_invitation(
    staff, operator
):
    ada = invited(staff, Role.TEACHER, by=operator, email="ada@x.test")
    asyncio.run(staff.invite("ada@x.test", Role.ADMIN, school="school", by=operator))

    asyncio.run(staff.dismiss(ada.id, by=operator))

    with pytest.raises(NotAllowed, match="any more"):
        enter(replace_domains(staff, "x.test"))
    asyncio.run(staff.invite("ada@x.test", Role.TEACHER, school="school", by=operator))
    assert enter(staff).id == ada.id


def replace_domains(staff, *domains):
    return replace(staff, domains=frozenset(domains))


def test_the_schools_people_come_in_as_teachers_where_that_is_set(staff, operator):
    ada = enter(replace_domains(staff, "x.test"))

    assert (ada.role, ada.school, ada.email) == (Role.TEACHER, "school", "ada@x.test")
    assert enter(staff) == ada
    assert not staff.people.invitations


def test_what_was_begun_before_somebody_came_in_is_good_no_more(staff, operator):
    invited(staff, Role.TEACHER, by=operator, email="ada@x.test")
    begun_at = staff.clock.now()
    enter(staff, begun_at=begun_at)

    with pytest.raises(RequestRefused, match="used already"):
        enter(staff, begun_at=begun_at)
