"""A table of rows becomes a roster, or a refusal that says what to mend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RosterRefused
from hectograph.domain.roster import HEADERS, Roster, build_roster, field_of


def table(text):
    """Rows of cells from lines of text; `|` divides, blanks around it count for nothing."""
    return [[cell.strip(" ") for cell in line.split("|")] for line in text.splitlines()]


def roster(text, **options):
    return build_roster(table(text), **options).recipients


def students(text, **options):
    return [each.student for each in roster(text, **options)]


def refusal(text, **options):
    with pytest.raises(RosterRefused) as refused:
        roster(text, **options)
    return refused.value


def test_a_row_becomes_a_recipient():
    (ada,) = roster("Name|Email|Folder|Class|Group\nAda|ada@x.org|9A/Ada|9A|Red")

    assert (ada.student, ada.email, ada.folder) == ("Ada", "ada@x.org", ("9A", "Ada"))
    assert (ada.school_class, ada.group) == ("9A", "Red")


def test_only_a_name_is_needed():
    (ada,) = roster("Name\nAda")

    assert (ada.email, ada.folder, ada.school_class, ada.group) == (None, (), None, None)


@pytest.mark.parametrize(
    "header",
    [
        "NAME",
        " full name ",
        "Full_Name",
        "student-name",
        "\ufeffName",
        "FullName:",
        "Pupil",
    ],
)
def test_a_header_is_known_without_case_blanks_punctuation_and_bom(header):
    assert [each.student for each in build_roster([[header], ["Ada"]]).recipients] == [
        "Ada"
    ]


@pytest.mark.parametrize(
    ("field", "header"), [(f, h) for f, hs in HEADERS.items() for h in hs]
)
def test_each_synonym_means_one_field(field, header):
    assert field_of(header.title()) == field


@pytest.mark.parametrize(
    "header", ["Password", "SIS ID", "Secondary Email", "Username", "", "2"]
)
def test_other_columns_are_no_fields(header):
    assert field_of(header) is None


@pytest.mark.parametrize(
    "headers",
    ["First Name|Last Name", "givenName|familyName", "Forename|Surname", "Name|Surname"],
)
def test_a_name_in_two_halves_is_put_together(headers):
    assert students(f"{headers}\nAda|Lovelace") == ["Ada Lovelace"]


def test_a_surname_beside_the_full_name_is_not_said_twice():
    assert students("Name|Surname\nAda Lovelace|LOVELACE") == ["Ada Lovelace"]


def test_half_a_name_is_enough_in_a_row():
    assert students("First name|Last name\n|Plato\nSappho|") == ["Plato", "Sappho"]


def test_half_the_name_columns_are_not_enough():
    assert '"Last name"' in str(refusal("First name|Apellido\nAda|Lovelace"))


def test_a_name_is_kept_as_it_is_shown():
    ((ada),) = students("Name\n  Ze\u0301  \tO\u202e/Neil:\x00 ")

    assert ada == "Zé O/Neil:"


def test_blank_rows_are_passed_over_and_do_not_end_the_roster():
    assert students("\n|\nName|Email\n\nAda|\n | \u200b\nBob|") == ["Ada", "Bob"]


def test_short_and_long_rows_are_read():
    assert students("Name|Email\nAda\nBob|b@x|note|note") == ["Ada", "Bob"]


def test_the_same_name_and_email_are_the_same_student():
    assert students("Name|Email\nAda|ada@x.org\nADA|ADA@X.ORG") == ["Ada"]


def test_brothers_and_sisters_may_share_an_address():
    assert students("Name|Email\nAda|home@x.org\nBob|home@x.org") == ["Ada", "Bob"]


def test_the_same_name_with_another_email_is_another_student():
    assert students("Name|Email\nAda|a1@x.org\nAda|a2@x.org") == ["Ada", "Ada"]


def test_the_same_name_and_folder_without_email_is_the_same_student():
    assert students("Name|Folder\nZé|F\nZé |f\nZé|G") == ["Zé", "Zé"]


@pytest.mark.parametrize("other", ["zé", "ZÉ", "Ze\u0301"])
def test_names_that_are_written_otherwise_are_two_students(other):
    assert len(students(f"Name\nZé\n{other}")) == 2


@pytest.mark.parametrize(
    "lines", ["Ada|\nAda|a1\nAda|a2", "Ada|a1\nAda|a2\nAda|", "Ada|a1\nAda|\nAda|a2"]
)
def test_a_row_without_email_adds_nobody_wherever_it_stands(lines):
    assert [each.email for each in roster(f"Name|Email\n{lines}")] == ["a1", "a2"]


def test_two_students_may_share_a_folder():
    assert [each.folder for each in roster("Name|Folder\nAda|Pair\nBob|Pair")] == [
        ("Pair",)
    ] * 2


def test_one_class_of_several_is_taken():
    text = "Name|Class\nAda|9A\nBob|9B\nCyd|9a"

    assert students(text, school_class=" 9A ") == ["Ada", "Cyd"]
    assert students(text) == ["Ada", "Bob", "Cyd"]


@pytest.mark.parametrize(
    "text",
    [
        "Name|Class|Class|Class\nAda|Maths||Art",
        "Name|Class|Class2\nAda|Maths|Art",
        "Name|Classes\nAda|Maths, Art",
        "Name|Section Name\nAda|Maths;Art;",
        "Name|Class\nAda|Maths\nAda|Art",
    ],
)
def test_repeated_columns_lists_and_rows_all_mean_several_classes(text):
    assert [each.school_class for each in roster(text, school_class="art")] == ["Art"]
    assert [each.school_class for each in roster(text, school_class="MATHS")] == ["Maths"]
    assert students(text) == ["Ada"]


def test_a_class_that_is_not_there_is_refused_with_those_that_are():
    refused = refusal("Name|Class\nAda|9A\nBob|9C, 9a", school_class="9Z")

    assert '"9Z"' in refused.cause
    assert '"9C"' in refused.cause
    assert "9A" in refused.cause.upper()


def test_a_class_cannot_be_asked_of_a_roster_without_classes():
    assert "names no classes" in refusal("Name\nAda", school_class="9A").cause


def test_a_fault_in_another_class_does_not_stop_this_one():
    assert students("Name|Class\n|9B\nAda|9A", school_class="9A") == ["Ada"]


def test_a_row_without_a_name_is_named_by_its_number():
    (problem,) = refusal("Name|Email\nAda|a@x\n\n|b@x").problems

    assert problem.row == 4
    assert "no student's name" in problem.cause


@pytest.mark.parametrize("name", ["-", "...", "\u200b\u202e", "???", "+"])
def test_a_name_in_which_nothing_can_be_read_is_a_problem(name):
    assert [each.row for each in refusal(f"Name|Email\n{name}|a@x").problems] == [2]


@pytest.mark.parametrize("name", ["-Ada", "+Ada", "@ada", "李", "Ada=Bob", "O'Neil"])
def test_an_odd_name_is_a_name(name):
    assert students(f"Name\n{name}") == [name]


@pytest.mark.parametrize(
    "row", ["=cmd()|a@x|F", " =A1|a@x|F", "Ada|a@x|=B2&C2", "Ada|=B2|F"]
)
def test_a_formula_is_a_problem(row):
    (problem,) = refusal(f"Name|Email|Folder\n{row}").problems

    assert problem.row == 2
    assert "formula" in problem.cause


@pytest.mark.parametrize(
    ("folder", "fault"),
    [
        ("/etc", "absolute"),
        ("\\\\server\\share", "absolute"),
        ("C:\\Users", "drive"),
        ("c:", "drive"),
        ("9A/../9B", '".."'),
        ("9A\\ .. ", '".."'),
        (".\u200e./9B", '".."'),
        ("https://drive.google.com/x", "web address"),
        ("./", "no folder"),
    ],
)
def test_a_folder_outside_the_destination_is_a_problem(folder, fault):
    (problem,) = refusal(f"Name|Folder\nAda|{folder}").problems

    assert fault in problem.cause
    assert problem.remedy


def test_each_part_of_a_folder_is_made_legal():
    (ada,) = roster("Name|Folder\nAda|9A\\ CON / a:b. //./Ada")

    assert ada.folder == ("9A", "CON_", "a-b", "Ada")


def test_every_problem_is_told_at_once():
    problems = refusal("Name|Folder\n|/x\nAda|F\n=A1|..").problems

    assert [each.row for each in problems] == [2, 2, 4, 4]


def test_of_many_problems_the_first_twenty_are_told_and_all_are_counted():
    refused = refusal("Name|Email\n" + "|x\n" * 37)

    assert "37" in refused.cause
    assert [each.row for each in refused.problems] == list(range(2, 22))


@pytest.mark.parametrize("text", ["", "\n\n", "|\n|", "Name|Email", "Name|Email\n|\n"])
def test_a_roster_of_nobody_is_refused(text):
    assert refusal(text).problems[0].remedy


def test_unknown_headers_are_refused_with_those_seen_and_those_needed():
    refused = refusal("SIS ID|Section Name\n11001|Maths")

    assert '"SIS ID", "Section Name"' in refused.cause
    assert 'A roster needs a column "Name"' in str(refused)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("First Name|Last Name|Teacher Number", "teachers"),
        ("sourcedId|name|parentSourcedId", "schools"),
    ],
)
def test_a_list_of_something_else_is_refused(headers, kind):
    assert f"a list of {kind}" in refusal(f"{headers}\nCraig|Beane|101").cause


def test_a_password_is_kept_nowhere():
    recipients = roster("Name|Password|Email\nAda|s3cret|a@x")

    assert "s3cret" not in repr(recipients)


cells = st.sampled_from(
    ["Name", "Class", "Folder", "Email", "First name", "Surname", "Ada", "=A1", "..", "a,b"]
)


@given(
    st.lists(st.lists(cells | st.text(max_size=5), max_size=5), max_size=6),
    st.none() | cells,
)
def test_any_table_is_a_roster_or_refused(rows, school_class):
    try:
        built = build_roster(rows, school_class=school_class)
    except RosterRefused as refused:
        assert refused.problems  # noqa: PT017  # both ends are right, each in its way
    else:
        assert isinstance(built, Roster)
        assert built.recipients
