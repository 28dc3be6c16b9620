"""Names are legal everywhere, stay what they are, and never meet by accident."""

import datetime as dt
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.names import (
    MAX_NAME_BYTES,
    MAX_NAME_UTF16_UNITS,
    check_pattern,
    display_name,
    fill_pattern,
    fold,
    free_name,
    is_numbering,
    legal_name,
    numbered,
    split_extension,
)

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
FAMILY = "👩\u200d👩\u200d👧\u200d👦"
NASTY = {
    "a:b": "a-b",
    "../": "_.-",
    "..": "_",
    ".": "_",
    "": "_",
    " \t": "_",
    "../../etc/passwd": "_.-..-etc-passwd",
    "C:\\Users\\Ada": "C--Users-Ada",
    "CON": "CON_",
    "con.txt": "con_.txt",
    "nul.tar.gz": "nul_.tar.gz",
    "CON .txt": "CON_ .txt",
    "COM0": "COM0_",
    "lpt¹.doc": "lpt¹_.doc",
    "CONSTANCE": "CONSTANCE",
    "COM10": "COM10",
    "COM1" + " " * 300 + "x": "COM1_",
    "essay. . .": "essay",
    "  essay": "essay",
    "\u00a0essay\u00a0": "essay",
    ".hidden": "_hidden",
    ".lock": "_lock",
    "~$essay.docx": "_$essay.docx",
    "a_vti_b": "a-vti-b",
    "._vti_": "_-vti-",
    ".vti_x": "-vti-x",
    "desktop.ini": "desktop_.ini",
    "Desktop.INI": "Desktop_.INI",
    "my desktop.ini": "my desktop.ini",
    "=cmd()": "=cmd()",
    "exe\u202excod.essay": "exexcod.essay",
    "A\u200eda\u200f": "Ada",
    "a\u200db": "ab",
    "A\x00d\x1ba\x7f": "Ada",
    "\ud800Ada": "Ada",
    "Ze\u0301": "Zé",
    "x\u200d\u0301y": "x\u0301y",
    FAMILY: FAMILY,
    PERSIAN: PERSIAN,
    "അവന്\u200d": "അവന്\u200d",
    "🇩🇪": "🇩🇪",
}

nasty_text = st.text(
    st.sampled_from(
        "aK\u0131\u017f .~$_vti:/\\\x00\u00a0\u0301\u0327\u200c\u200d\u094dकé👩🇩🏻\ufe0f\u1160ᄀ\u2028\u202e¹COM1nul\ud800"
    )
)
any_text = st.text(st.characters()) | nasty_text | st.text(min_size=200, max_size=400)


@pytest.mark.parametrize(("given_name", "legal"), NASTY.items())
def test_a_nasty_name_becomes_a_legal_one(given_name, legal):
    assert legal_name(given_name) == legal


@given(any_text)
@example("COM1." + "x" * 300)
@example("desktop" + " " * 300 + ".ini")
def test_a_legal_name_comes_back_as_it_is(text):
    assert legal_name(legal_name(text)) == legal_name(text)


@given(any_text)
def test_every_name_is_taken_by_the_strictest_storage(text):
    name = legal_name(text)

    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert len(name.encode("utf-16-le")) // 2 <= MAX_NAME_UTF16_UNITS
    assert name == unicodedata.normalize("NFC", name) == name.strip()
    assert not re.search(
        r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]', name
    )
    assert not name.startswith((".", "~$"))
    assert not name.endswith((".", " "))
    assert not re.match(r"(?i)(CON|PRN|AUX|NUL|(COM|LPT)[0-9¹²³])\s*(\.|\Z)", name)
    assert name.casefold() not in {".lock", "desktop.ini"}
    assert "_vti_" not in name.casefold()


def test_a_long_name_loses_of_its_stem_and_never_of_its_extension():
    name = legal_name("é" * 300 + ".docx")

    assert name == "é" * 125 + ".docx"


def test_two_hundred_and_forty_units_are_the_limit_where_bytes_would_allow_more():
    assert legal_name("a" * 300) == "a" * 240


def test_a_family_is_dropped_whole_or_not_at_all():
    name = legal_name(FAMILY * 60 + ".pdf")

    assert name == FAMILY * 10 + ".pdf"


def test_a_flag_is_not_cut_in_two():
    assert legal_name("a" + "🇩🇪" * 100) == "a" + "🇩🇪" * 31


def test_a_letter_keeps_its_accents_when_the_name_is_cut():
    name = legal_name("a" * 239 + "x\u0301\u0323" + "b" * 9)

    assert name == "a" * 239


def test_a_letter_under_hundreds_of_accents_is_cut_all_the_same():
    assert legal_name("a" + "\u0302\u0323" * 400).encode()[:1] == "ậ".encode()[:1]


def test_a_cut_leaves_no_blank_before_the_extension():
    assert legal_name("a" + " " * 300 + ".docx") == "a.docx"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Essay.docx", ("Essay", ".docx")),
        ("a.tar.gz", ("a.tar", ".gz")),
        ("Homework 3.5", ("Homework 3.5", "")),
        ("Mr. Smith", ("Mr. Smith", "")),
        (".git", (".git", "")),
        ("a." + "x" * 16, ("a", "." + "x" * 16)),
        ("a." + "x" * 17, ("a." + "x" * 17, "")),
    ],
)
def test_an_extension_has_a_letter_no_blank_and_sixteen_characters_at_most(name, parts):
    assert split_extension(name) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("Zé", "Ze\u0301"),
        ("Straße", "STRASSE"),
        ("ΣΑΣ", "σας"),
        ("K", "\u212a"),
    ],
)
def test_names_that_collide_without_case_have_the_same_fold(one, other):
    assert fold(one) == fold(other)


def test_names_that_differ_in_a_letter_have_different_folds():
    assert fold("Ada") != fold("Ida")
    assert fold("resume") != fold("résumé")


@given(any_text)
def test_a_fold_is_folded_for_good(text):
    folded = fold(text)

    assert fold(folded) == folded == unicodedata.normalize("NFC", folded.casefold())


@given(any_text)
def test_normal_forms_do_not_tell_names_apart(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(
        unicodedata.normalize("NFC", text)
    )


def test_a_number_stands_before_the_extension():
    assert numbered("Essay.docx", 2) == "Essay (2).docx"
    assert numbered("Essay", 12) == "Essay (12)"
    assert numbered("Homework 3.5", 2) == "Homework 3.5 (2)"


@given(any_text, st.integers(min_value=2, max_value=10**6))
def test_a_numbered_name_is_legal_and_shows_its_number(text, number):
    name = numbered(legal_name(text), number)

    assert legal_name(name) == name
    assert f" ({number})" in name


def test_the_first_free_name_is_taken():
    taken = {"essay.docx", "essay (2).docx"}

    assert free_name("Essay.docx", taken) == "Essay (3).docx"
    assert free_name("Notes.docx", taken) == "Notes.docx"


@given(st.lists(any_text, max_size=20))
def test_free_names_never_collide(texts):
    taken: set[str] = set()
    for text in texts:
        taken.add(fold(free_name(legal_name(text), taken)))

    assert len(taken) == len(texts)


def filled(pattern, **values):
    known = {"document": "Essay 3.docx", "student": "Ada", "school_class": "9A"}
    return fill_pattern(pattern, **(known | values), date=dt.date(2026, 3, 9))


def test_a_pattern_is_filled_with_the_stem_the_student_the_class_and_the_date():
    assert filled("{date} {class} {document} - {student}") == "2026-03-09 9A Essay 3 - Ada"


def test_doubled_braces_are_literal():
    assert filled("{{document}} {{{student}}}") == "{document} {Ada}"


@given(st.text())
def test_a_value_stands_letter_for_letter(student):
    assert filled("{student}-{class}", student=student) == f"{student}-9A"


def test_a_student_called_like_a_field_stays_called_so():
    assert filled("{student}", student="{date}") == "{date}"


def test_a_missing_class_leaves_nothing():
    assert filled("{class}{student}", school_class=None) == "Ada"


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("{teacher}", "{teacher}"),
        ("{student.__class__}", "{student.__class__}"),
        ("{student[0]}", "{student[0]}"),
        ("{student!r}", "{student!r}"),
        ("{date:%Y}", "{date:%Y}"),
        ("{}", "{}"),
        ("{0}", "{0}"),
        ("{student", 'lonely "{"'),
        ("student}", 'lonely "}"'),
        ("{{student}", 'lonely "}"'),
        ("{class}/{student}", '"/"'),
        ("..\\{student}", '"\\"'),
        ("  ", "empty"),
    ],
)
def test_a_pattern_that_makes_no_name_is_refused_and_the_fault_named(pattern, named):
    with pytest.raises(RequestRefused) as refused:
        check_pattern(pattern)

    assert named in refused.value.cause
    assert "{document}, {student}, {class}, {date}" in refused.value.remedy
    assert refused.value.effect


@given(st.text(st.sampled_from("{}ab.!:[]/ ")) | st.text())
def test_a_pattern_that_passes_the_check_can_be_filled(pattern):
    try:
        check_pattern(pattern)
    except RequestRefused:
        with pytest.raises(RequestRefused):
            filled(pattern)
    else:
        assert isinstance(filled(pattern), str)


def test_a_displayed_name_is_one_line_without_tricks():
    assert (
        display_name("  Ada\n\tKing \u200e of\u202e  Love\x00lace ")
        == "Ada King of Lovelace"
    )


@given(any_text)
def test_a_displayed_name_is_displayed_as_it_is(text):
    assert display_name(display_name(text)) == display_name(text)


@pytest.mark.parametrize(
    ("name", "is_so"),
    [
        ("Essay.docx", True),
        ("Essay (2).docx", True),
        ("Essay (12).docx", True),
        ("Essay (two).docx", False),
        ("Essay.docx (2)", False),
        ("Mine.docx", False),
    ],
)
def test_a_name_that_was_numbered_is_known(name, is_so):
    assert is_numbering(name, of="Essay.docx") is is_so
