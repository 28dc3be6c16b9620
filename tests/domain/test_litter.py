"""Which files an older tool left, which share made each, and which of them may go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hectograph.domain.delivery import DriveEvidence, FileEvidence
from hectograph.domain.errors import ParentsRefused, Reason, RequestRefused
from hectograph.domain.litter import (
    SLACK,
    WRITTEN_WITHIN,
    FoundFile,
    LitterWanted,
    ParentShare,
    build_parents,
    build_wanted,
    decide_litter,
    find_parent,
    parse_moment,
)
from hectograph.domain.touch import Original, Present, Sign, decide_touch

from ..builders import EIGHT

BERLIN = ZoneInfo("Europe/Berlin")
TOOL = "tool@school.test"
ADA = "ada@school.test"
WANTED = LitterWanted(pattern="temp_*")
SHARE = ParentShare(started_at=EIGHT, ended_at=EIGHT + timedelta(minutes=10))
A_SECOND = timedelta(seconds=1)


def ns(moment):
    return int(moment.timestamp()) * 10**9


def in_directory(
    name="temp_1", *, born=EIGHT, written=None, changed=None, content="essay", **present
):
    written = written or born
    evidence = FileEvidence(
        device=1,
        inode=hash(name) % 1000,
        size_bytes=5,
        mtime_ns=ns(written),
        ctime_ns=ns(changed or written),
        sha256=content,
    )
    return FoundFile(
        original=Original(evidence=evidence, folder=("Ada",), name=name),
        present=Present(
            **{"evidence": evidence, "folder": ("Ada",), "name": name} | present
        ),
        path=f"/school/Ada/{name}",
        born_at=born,
    )


def on_drive(name="temp_1", *, born=EIGHT, written=None, by=TOOL, creator=TOOL, **more):
    evidence = DriveEvidence(
        file="f1",
        version=3,
        modified_at=written or (born or EIGHT) + A_SECOND,
        modified_by=by,
        revision=None,
        md5=None,
    )
    return FoundFile(
        original=Original(evidence=evidence, folder=("folder",), name=name),
        present=Present(evidence=evidence, folder=("folder",), name=name),
        path="https://drive.test/f1",
        born_at=born,
        creator=creator,
        **more,
    )


def reasons(*files, wanted=WANTED, parents=None):
    found = decide_litter(files, wanted=wanted, parents=parents)
    return [each.reason.message if each.reason else None for each in found]


def twins(**about):
    return in_directory("temp_1", **about), in_directory("temp_2", **about)


def by_tool(**about):
    return LitterWanted(pattern="temp_*", creator=TOOL, **about)


# --- what is looked for


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("temp_*", "temp_123456-ab-cde-fg", True),
        ("temp_*", "Temp_1", False),
        ("temp_*", "my temp_1", False),
        ("temp_*", "temp_", True),
        ("*.tmp", "Essay.tmp", True),
        ("temp_?", "temp_12", False),
        ("temp_[0-9]", "temp_7", True),
        ("Übung_*", "U\u0308bung_1", True),
    ],
)
def test_the_whole_name_must_fit(pattern, name, fits):
    assert LitterWanted(pattern=pattern).takes_name(name) is fits


@pytest.mark.parametrize("pattern", ["", "*", "?", "*_*", "[a-z]*", "[!x]*", "~$*", "[]a]"])
def test_a_pattern_that_fits_everything_is_refused(pattern):
    with pytest.raises(RequestRefused, match="would list all files") as refused:
        build_wanted(pattern, zone=UTC)

    assert refused.value.effect == "Nothing was planned."


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [("temp_*", "temp"), ("*.tmp", ""), ("[t]emp", ""), ("Übung*", ""), ("a'b*", "a")],
)
def test_the_prefix_is_what_every_name_begins_with(pattern, prefix):
    assert LitterWanted(pattern=pattern).prefix == prefix


def test_a_date_is_its_whole_day_in_the_school_s_zone():
    wanted = build_wanted("temp_*", zone=BERLIN, since="2026-03-02", until="2026-03-02")

    assert wanted.since == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert wanted.takes(born_at=datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC), creator=None)
    assert not wanted.takes(born_at=datetime(2026, 3, 2, 23, tzinfo=UTC), creator=None)
    assert not wanted.takes(
        born_at=datetime(2026, 3, 1, 22, 59, 59, tzinfo=UTC), creator=None
    )


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02 10:15", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        (" 2026-03-02T10:15:30 ", datetime(2026, 3, 2, 9, 15, 30, tzinfo=UTC)),
        ("2026-03-02T10:15:00Z", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
        ("2026-03-02 10:15+05:00", datetime(2026, 3, 2, 5, 15, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_in_the_school_s(text, utc):
    assert parse_moment(text, zone=BERLIN) == utc


def test_a_time_without_any_zone_is_in_the_system_s():
    local = datetime(2026, 3, 2, 10, 15).astimezone(UTC)

    assert parse_moment("2026-03-02 10:15", zone=None) == local


def test_the_hour_that_comes_twice_is_taken_whole():
    begins = parse_moment("2026-10-25 02:30", zone=BERLIN)
    ends = parse_moment("2026-10-25 02:30", zone=BERLIN, ends=True)

    assert ends - begins == timedelta(hours=1)


@pytest.mark.parametrize("text", ["", "yesterday", "02.03.2026", "2026-13-01", "42064.4"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(RequestRefused, match="no date and no time") as refused:
        build_wanted("temp_*", zone=UTC, since=text)

    assert "2026-03-02" in refused.value.remedy


def test_since_after_until_is_refused():
    with pytest.raises(RequestRefused, match="2026-03-03 is after 2026-03-02"):
        build_wanted("temp_*", zone=UTC, since="2026-03-03", until="2026-03-02")


def test_a_creator_that_is_no_email_is_refused():
    with pytest.raises(RequestRefused, match="no email"):
        build_wanted("temp_*", zone=UTC, creator="the tool")


@pytest.mark.parametrize(
    ("creator", "takes"),
    [(TOOL, True), ("Tool@School.test", True), (ADA, False), (None, True)],
)
def test_only_the_creator_s_files_are_wanted_where_one_is_told(creator, takes):
    wanted = build_wanted("temp_*", zone=UTC, creator=" Tool@School.test ")

    assert wanted.takes(born_at=EIGHT, creator=creator) is takes


def test_a_file_without_a_birth_is_listed_whatever_times_are_wanted():
    wanted = replace(WANTED, since=EIGHT, until=EIGHT)

    assert wanted.takes(born_at=None, creator=None)


# --- the share that made it


@pytest.mark.parametrize(
    ("born", "made"),
    [
        (EIGHT - SLACK, True),
        (EIGHT - SLACK - A_SECOND, False),
        (SHARE.ended_at + SLACK, True),
        (SHARE.ended_at + SLACK + A_SECOND, False),
        (None, False),
    ],
)
def test_a_share_made_what_was_born_while_it_ran(born, made):
    assert SHARE.made(replace(in_directory(), born_at=born)) is made


@pytest.mark.parametrize(
    ("share", "made"),
    [
        (replace(SHARE, creator=TOOL), True),
        (replace(SHARE, creator=ADA), False),
        (replace(SHARE, pattern="temp_1*"), True),
        (replace(SHARE, pattern="temp_2*"), False),
        (replace(SHARE, name="temp_1"), True),
        (replace(SHARE, name="temp_*"), False),
        (replace(SHARE, name="temp_1", pattern="temp_2"), False),
    ],
)
def test_a_share_made_only_what_its_row_tells(share, made):
    assert share.made(on_drive()) is made


def test_a_file_is_the_latest_share_s_of_those_that_can_have_made_it():
    early = replace(SHARE, started_at=EIGHT - timedelta(hours=1))
    late = replace(SHARE, started_at=EIGHT + timedelta(minutes=9))

    assert find_parent(in_directory(), [early, SHARE, late]) == SHARE
    assert find_parent(in_directory(), [late]) is None


# --- in a directory


def test_copies_that_nobody_wrote_to_since_go():
    assert reasons(*twins()) == [None, None]
    assert reasons(*twins(), parents=[SHARE]) == [None, None]


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"written": EIGHT + WRITTEN_WITHIN + A_SECOND}, "It was edited."),
        (
            {"written": EIGHT, "changed": EIGHT + WRITTEN_WITHIN + A_SECOND},
            "Something about it changed later.",
        ),
        ({"evidence": None}, "It could not be read."),
        ({"in_use": True}, "Somebody has it open."),
    ],
)
def test_what_was_or_may_have_been_worked_on_stays(about, why):
    assert reasons(*twins(**about)) == [why, why]


def test_what_was_written_to_within_a_long_share_stays_all_the_same():
    share = replace(SHARE, ended_at=EIGHT + timedelta(hours=3))

    files = twins(written=EIGHT + timedelta(hours=1))

    assert reasons(*files, parents=[share]) == ["It was edited."] * 2


def test_what_was_written_to_after_its_share_stays_though_it_is_just_born():
    born = SHARE.ended_at + SLACK

    files = twins(born=born, written=born + A_SECOND)

    assert reasons(*files, parents=[SHARE]) == ["It was edited."] * 2


def test_a_file_that_is_alone_in_its_content_may_be_a_student_s_and_stays():
    files = [*twins(), in_directory("temp_3", content="my answer")]

    *copies, answer = reasons(*files)

    assert copies == [None, None]
    assert answer.startswith("No other file has its content")


def test_copies_of_one_document_by_different_shares_do_not_count_as_the_same():
    other = ParentShare(
        started_at=EIGHT + timedelta(hours=1), ended_at=EIGHT + timedelta(hours=2)
    )
    files = [
        in_directory("temp_1"),
        in_directory("temp_2", born=EIGHT + timedelta(hours=1)),
    ]

    assert all(reasons(*files, parents=[SHARE, other]))


def test_a_copy_that_was_edited_back_is_no_witness_for_another():
    edited = in_directory("temp_2", written=EIGHT + timedelta(hours=1))

    alone, _ = reasons(in_directory("temp_1"), edited)

    assert alone.startswith("No other file has its content")


def test_the_order_of_a_table_s_rows_does_not_matter():
    other = replace(SHARE, started_at=EIGHT - timedelta(hours=1), ended_at=EIGHT)
    files = twins(born=EIGHT + timedelta(minutes=5))

    for parents in ([SHARE, other], [other, SHARE]):
        found = decide_litter(files, wanted=WANTED, parents=parents)
        assert [each.parent for each in found] == [SHARE, SHARE]


def test_a_file_of_no_share_stays():
    files = twins(born=EIGHT + timedelta(days=1))

    assert reasons(*files, parents=[SHARE]) == ["No share of the table made it."] * 2


def test_a_file_whose_birth_nobody_tells_stays():
    files = [replace(each, born_at=None) for each in twins()]

    assert reasons(*files) == ["Nobody can tell when it was made."] * 2


# --- on Drive


def test_what_the_tool_made_and_wrote_last_goes():
    assert reasons(on_drive(), wanted=by_tool()) == [None]
    assert reasons(on_drive(), parents=[replace(SHARE, creator=TOOL)]) == [None]


@pytest.mark.parametrize(
    "file",
    [
        on_drive(by=ADA),
        on_drive(by=None),
        on_drive(written=EIGHT + WRITTEN_WITHIN + A_SECOND),
        on_drive(creator=None, by=ADA),
    ],
    ids=["a student", "nobody", "later", "in a shared drive"],
)
def test_what_anybody_else_wrote_or_the_tool_later_stays(file):
    assert reasons(file, wanted=by_tool()) == ["It was edited."]


def test_in_a_shared_drive_the_tool_must_have_written_last():
    assert reasons(on_drive(creator=None), wanted=by_tool()) == [None]


def test_a_student_s_own_file_stays_where_nobody_said_who_the_tool_was():
    own = on_drive("temp_measurements", by=ADA, creator=ADA)

    (found,) = decide_litter([own], wanted=WANTED)

    assert found.reason is not None
    assert found.reason.code == "cannot_tell"
    assert found.reason.remedy.endswith(f"--creator {ADA}.")


def test_what_the_drive_does_not_let_go_stays_with_its_reason():
    obstacle = Reason(code="access_denied", message="Not ours.", remedy="Ask.")

    (found,) = decide_litter([on_drive(obstacle=obstacle)], wanted=by_tool())

    assert found.reason == obstacle


def test_a_list_that_tells_old_facts_of_a_new_version_proves_nothing():
    listed = on_drive().original
    now = replace(listed.evidence, modified_by=ADA, modified_at=EIGHT + timedelta(days=1))

    present = Present(evidence=now, folder=listed.folder, name=listed.name)

    assert now.version == listed.evidence.version
    assert decide_touch(listed, present).signs == (Sign.EDITED,)


# --- the table of shares


def test_a_table_tells_shares():
    (share,) = build_parents(
        [
            [],
            ["Started at", "END", "Creator", "File name", "Pattern", "Mood"],
            ["2026-03-02 10:00", "2026-03-02 10:30", "Tool@school.test", "", "temp_*", "!"],
            ["", " "],
        ],
        zone=BERLIN,
    )

    assert share == ParentShare(
        started_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        ended_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        creator=TOOL,
        pattern="temp_*",
    )


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (["", "2026-03-02"], "The row has no start."),
        (["2026-03-02", ""], "The row has no end."),
        (["2026-03-02"], "The row has no end."),
        (["soon", "2026-03-02"], '"soon" is no date and no time.'),
        (["2026-03-03", "2026-03-02"], "It ends at 2026-03-02, before it starts."),
        (["2026-03-02", "2026-03-02", "the tool"], '"the tool" is no email address.'),
    ],
)
def test_a_row_that_makes_no_sense_refuses_the_table_and_is_named(row, cause):
    good = ["2026-03-02", "2026-03-02", TOOL]

    with pytest.raises(ParentsRefused) as refused:
        build_parents([["Started", "Ended", "Creator"], good, row, row], zone=UTC)

    assert [each.row for each in refused.value.problems] == [3, 4]
    assert refused.value.problems[0].cause == cause
    assert "has 2 problems" in refused.value.cause


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no column Started and no column Ended"),
        ([["Started", "Class"]], "no column Ended"),
        ([["Started", "Ended"], []], "every row is blank"),
    ],
)
def test_a_table_without_what_is_needed_is_refused(rows, words):
    with pytest.raises(ParentsRefused) as refused:
        build_parents(rows, zone=UTC)

    assert words in str(refused.value)
