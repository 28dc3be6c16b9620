import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import (
    AccessDenied,
    Exhausted,
    FolderRefused,
    NoSpace,
    OutcomeUnknown,
    Rejected,
    SourceRefused,
    Throttled,
    Unavailable,
)
from hectograph.providers.drive_answers import (
    RULES,
    Absent,
    Conflict,
    IdRefused,
    Meaning,
    Stale,
    Verdict,
    classify,
    error_of,
    find_wait,
)
from hectograph.providers.transport import Answer

STUDENT = "Ada Lovelace"

# Table A.6, as the words of the people who met these answers: status, reason, error.
ANSWERS = [
    (400, "badRequest", Rejected),
    (400, "invalid", Rejected),
    (400, "fieldNotWritable", Rejected),
    (400, "generatedIdNotSupported", IdRefused),
    (401, "authError", AccessDenied),
    (403, "rateLimitExceeded", Throttled),
    (403, "userRateLimitExceeded", Throttled),
    (403, "quotaExceeded", Throttled),
    (403, "sharingRateLimitExceeded", Exhausted),
    (403, "dailyLimitExceeded", Exhausted),
    (403, "dailyLimitExceededUnreg", Exhausted),
    (403, "storageQuotaExceeded", Exhausted),
    (403, "teamDriveFileLimitExceeded", NoSpace),
    (403, "activeItemCreationLimitExceeded", NoSpace),
    (403, "numChildrenInNonRootLimitExceeded", FolderRefused),
    (403, "teamDriveHierarchyTooDeep", FolderRefused),
    (403, "myDriveHierarchyDepthLimitExceeded", FolderRefused),
    (403, "teamDrivesFolderMoveInNotSupported", FolderRefused),
    (403, "cannotCopyFile", SourceRefused),
    (403, "insufficientFilePermissions", AccessDenied),
    (403, "insufficientParentPermissions", AccessDenied),
    (403, "appNotAuthorizedToFile", AccessDenied),
    (403, "domainPolicy", AccessDenied),
    (403, "forbidden", AccessDenied),
    (403, "teamDriveMembershipRequired", AccessDenied),
    (403, "accessNotConfigured", AccessDenied),
    (403, "somethingNobodyKnowsYet", AccessDenied),
    (404, "notFound", Absent),
    (408, "requestTimeout", OutcomeUnknown),
    (409, "fileIdInUse", Conflict),
    (409, "duplicate", Conflict),
    (410, "gone", Stale),
    (412, "conditionNotMet", Stale),
    (418, "teapot", Rejected),
    (429, "rateLimitExceeded", Throttled),
    (429, "somethingNobodyKnowsYet", Throttled),
    (500, "internalError", OutcomeUnknown),
    (500, "backendError", OutcomeUnknown),
    (502, "badGateway", OutcomeUnknown),
    (503, "backendError", OutcomeUnknown),
    (504, "gatewayTimeout", OutcomeUnknown),
    (599, "somethingNobodyKnowsYet", OutcomeUnknown),
]


def upper_snake(reason):
    return "".join(f"_{each}" if each.isupper() else each.upper() for each in reason)


def legacy(status, reason, **more):
    entry = {"domain": "global", "reason": reason, "message": f"About {STUDENT}.", **more}
    return {"error": {"code": status, "message": "No.", "errors": [entry]}}


def error_info(status, reason):
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    return {"error": {"code": status, "status": "PERMISSION_DENIED", "details": [detail]}}


def both(status, reason):
    told = legacy(status, reason)
    told["error"]["details"] = [{"reason": upper_snake(reason)}]
    return told


SPELLINGS = {
    "legacy": legacy,
    "info": lambda status, reason: error_info(status, upper_snake(reason)),
    "both": both,
    "list": lambda status, reason: [legacy(status, reason)],
    "status": lambda status, reason: {"error": {"status": upper_snake(reason)}},
}


def read(status, told, *, writes=True, **headers):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return classify(Answer(status=status, headers=headers, body=body), writes=writes)


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize(("status", "reason", "error"), ANSWERS)
def test_an_answer_means_the_same_in_every_spelling(status, reason, error, spelling):
    verdict = read(status, spelling(status, reason))

    assert type(error_of(verdict)) is error


@pytest.mark.parametrize(("status", "reason", "error"), ANSWERS)
def test_of_a_read_nothing_is_unknown(status, reason, error):
    verdict = read(status, legacy(status, reason), writes=False)

    wanted = Unavailable if error is OutcomeUnknown else error
    assert type(error_of(verdict)) is wanted
    assert verdict.effect == "Nothing was done."


@pytest.mark.parametrize("status", [200, 201, 204, 206])
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>"])
def test_what_was_done_is_done(status, body):
    assert read(status, body).meaning is Meaning.DONE


def test_what_was_done_is_no_error():
    with pytest.raises(ValueError, match="no error"):
        error_of(Verdict(meaning=Meaning.DONE, status=200))


UNREADABLE = {
    "page": b"<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>",
    "cut": b'{"error": {"code": 404, "errors": [{"reason": "notFo',
    "nothing": b"",
    "null": b"null",
    "other": b'{"message": "blocked by the filter"}',
    "flat": b'{"error": "blocked", "error_description": "by the filter"}',
    "letters": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, OutcomeUnknown),
        (401, AccessDenied),
        (403, Throttled),
        (404, OutcomeUnknown),
        (407, OutcomeUnknown),
        (409, Conflict),
        (412, Stale),
        (429, Throttled),
        (451, OutcomeUnknown),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (302, OutcomeUnknown),
        (100, OutcomeUnknown),
    ],
)
def test_an_answer_that_is_not_the_services_own_word_decides_little(body, status, error):
    assert type(error_of(read(status, body))) is error


def test_a_file_is_not_gone_because_a_filter_says_so():
    verdict = read(404, b"<html>Not found</html>", writes=False)

    assert type(error_of(verdict)) is Unavailable


def test_without_a_reason_the_status_decides():
    assert type(error_of(read(404, {"error": {"code": 404}}))) is Absent


def test_a_forgotten_place_in_a_list_is_told_from_other_mistakes():
    told = legacy(400, "invalid", location="pageToken", locationType="parameter")

    assert type(error_of(read(400, told))) is Stale


def test_the_first_fitting_rule_decides_over_the_order_of_reasons():
    told = {
        "error": {
            "errors": [{"reason": "forbidden"}, {"reason": "rateLimitExceeded"}],
            "status": "PERMISSION_DENIED",
        }
    }

    assert type(error_of(read(403, told))) is Throttled


def test_slowing_down_does_not_mean_that_nothing_was_done():
    error = error_of(read(403, legacy(403, "userRateLimitExceeded")))

    assert "may have been done" in error.effect


def test_an_error_tells_googles_word_and_nothing_it_wrote_for_people():
    error = error_of(read(403, legacy(403, "cannotCopyFile")))

    assert "403 cannotCopyFile" in error.effect
    assert STUDENT not in f"{error!s}{error!r}"


@pytest.mark.parametrize("reason", [STUDENT, "x" * 100, "<b>", "", None, 7, ["a"], {}])
def test_a_reason_that_is_no_word_is_not_repeated(reason):
    verdict = read(403, legacy(403, reason))

    assert (verdict.reason, verdict.kind) == ("", AccessDenied)


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("30", None, 30),
        (" 7 ", None, 7),
        ("0", None, None),
        ("-1", None, None),
        ("1.5", None, None),
        ("soon", None, None),
        ("", None, None),
        ("999999999999999999", None, None),
        ("99999999", None, None),
        ("Mon, 23 Nov 2026 10:00:30 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", 30),
        ("Mon, 23 Nov 2026 10:00:30 GMT", None, None),
        ("Mon, 23 Nov 2026 10:00:30 GMT", "yesterday", None),
        ("Mon, 23 Nov 2026 10:00:30 -0000", "Mon, 23 Nov 2026 10:00:00 GMT", None),
        ("Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", None),
        ("Mon, 99 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_a_wish_to_wait_is_read_in_seconds_or_as_a_date(value, date, seconds):
    headers = {"Retry-After": value, **({"DATE": date} if date else {})}

    assert find_wait(headers) == (None if seconds is None else timedelta(seconds=seconds))


def test_an_error_carries_the_wish_to_wait():
    verdict = read(429, legacy(429, "rateLimitExceeded"), **{"retry-after": "12"})

    assert error_of(verdict).retry_after == timedelta(seconds=12)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "details", "reason", "status", "location"]),
            inner,
            max_size=3,
        )
    ),
)


@given(
    status=st.integers(100, 599),
    body=JSON.map(lambda told: json.dumps(told).encode()) | st.binary(max_size=40),
    wait=st.text(max_size=40),
    writes=st.booleans(),
)
def test_every_answer_has_a_meaning(status, body, wait, writes):
    headers = {"Retry-After": wait, "Date": wait}
    answer = Answer(status=status, headers=headers, body=body)

    verdict = classify(answer, writes=writes)

    assert (verdict.meaning is Meaning.DONE) == (200 <= status < 300)
    if verdict.meaning is not Meaning.DONE:
        assert error_of(verdict).cause


@given(status=st.integers(500, 599) | st.sampled_from([403, 408, 429]), body=st.binary())
def test_what_may_have_been_done_is_never_called_refused(status, body):
    verdict = classify(Answer(status=status, body=body), writes=True)

    assert verdict.kind in {OutcomeUnknown, Throttled}


def test_every_rule_decides_something():
    for number, rule in enumerate(RULES):
        reasons = [each.replace("*", "").lower() for each in rule.reasons] or ["anything"]

        assert any(
            next(n for n, each in enumerate(RULES) if each.fits(status, [reason])) == number
            for status in rule.statuses
            for reason in reasons
        ), rule.words
