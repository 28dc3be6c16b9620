import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.links import parse_link

ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"

LINKS = [
    "https://docs.google.com/document/d/{id}/edit",
    "https://docs.google.com/document/d/{id}/edit?usp=sharing",
    "https://docs.google.com/document/d/{id}/edit?tab=t.0#heading=h.abc",
    "https://docs.google.com/document/d/{id}",
    "https://docs.google.com/document/d/{id}/mobilebasic",
    "https://docs.google.com/document/d/{id}/copy",
    "https://docs.google.com/document/u/0/d/{id}/edit",
    "https://docs.google.com/a/school.test/document/d/{id}/edit",
    "https://docs.google.com/spreadsheets/d/{id}/edit#gid=0",
    "https://docs.google.com/presentation/d/{id}/preview",
    "https://docs.google.com/forms/d/{id}/edit",
    "https://docs.google.com/drawings/d/{id}/edit",
    "https://docs.google.com/document/m?id={id}",
    "https://docs.google.com/open?id={id}",
    "https://spreadsheets.google.com/ccc?key={id}&hl=en",
    "https://drive.google.com/file/d/{id}/view?usp=drivesdk",
    "https://drive.google.com/a/school.test/file/d/{id}/view",
    "https://drive.google.com/file/u/1/d/{id}/view",
    "https://drive.google.com/open?id={id}",
    "https://drive.google.com/open?authuser=0&id={id}&usp=drive_fs",
    "https://drive.google.com/uc?export=download&id={id}",
    "https://drive.google.com/drive/folders/{id}",
    "https://drive.google.com/drive/folders/{id}?usp=sharing",
    "https://drive.google.com/drive/folders/{id}?resourcekey=0-AbCdEfGhIjKlMnOpQrStUv",
    "https://drive.google.com/drive/u/1/folders/{id}",
    "https://drive.google.com/drive/mobile/folders/0AEzA8z1mXYZ4Uk9PVA/{id}?sort=13",
    "https://drive.google.com/folderview?id={id}",
    "https://drive.google.com/drive/#folders/{id}",
    "https://www.google.com/url?q=https://docs.google.com/document/d/{id}/edit&sa=D",
    "http://drive.google.com/file/d/{id}/view",
    "docs.google.com/document/d/{id}/edit",
    "//docs.google.com/document/d/{id}/edit",
    "HTTPS://DOCS.GOOGLE.COM/document/d/{id}/edit",
    "Docs.Google.com/document/d/{id}/edit",
    "https://docs.google.com/document%2Fd%2F{id}%2Fedit/d/{id}",
    "  https://drive.google.com/file/d/{id}/view\n",
    "<https://drive.google.com/file/d/{id}/view>",
    "\ufeffhttps://drive.google.com/file/d/{id}/view\u200b",
    "{id}",
    " {id}\t",
]

OTHERS = [
    "",
    "   ",
    "Homework",
    "Homework week 12",
    "Essay.docx",
    "/home/teacher/Essay.docx",
    "https://docs.google.com/document/d//edit",
    "https://docs.google.com/document/u/0/",
    "https://drive.google.com/drive/my-drive",
    "https://drive.google.com/drive/u/0/shared-with-me",
    f"https://docs.google.com.evil.test/document/d/{ID}/edit",
    f"https://docs.google.com@evil.test/document/d/{ID}/edit",
    f"https://evil.test/docs.google.com/document/d/{ID}/edit",
    f"https://www.google.com/url?q=https://evil.test/document/d/{ID}",
    f"ftp://docs.google.com/document/d/{ID}/edit",
    f"javascript:docs.google.com/document/d/{ID}",
    f"two words https://docs.google.com/document/d/{ID}/edit",
    f"https://docs.google.com/document/d/{ID[:20]} {ID[20:]}/edit",
    f"https://docs.google.com/document/d/{ID}!/edit",
    "https://[docs.google.com/document/d/x",
    f"https://docs.google.com/document/d/{ID}{'x' * 5000}",
    "https://onedrive.live.com/?id=0123456789ABCDEF%21123",
]

SHORT = [
    "https://forms.gle/AbCdEfGhIjKlMnOpQ",
    "forms.gle/AbCdEfGhIjKlMnOpQ",
    "https://goo.gl/abcdef",
    "https://docs.app.goo.gl/abcdef",
    "https://bit.ly/3abcdef",
]

PUBLISHED = [
    "https://docs.google.com/forms/d/e/1FAIpQLSd0123456789abcdefghijklmnopqrstuv/viewform",
    "https://docs.google.com/document/d/e/2PACX-1vR0123456789abcdefghij/pub",
]


@pytest.mark.parametrize("link", LINKS)
def test_every_form_of_a_link_leads_to_its_file(link):
    assert parse_link(link.format(id=ID)) == ID


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_link_to_a_file_is_none(text):
    assert parse_link(text) is None


@pytest.mark.parametrize("link", SHORT)
def test_a_shortened_link_is_refused_with_a_way_out(link):
    with pytest.raises(RequestRefused, match="address bar"):
        parse_link(link)


@pytest.mark.parametrize("link", PUBLISHED)
def test_a_published_page_is_not_mistaken_for_its_document(link):
    with pytest.raises(RequestRefused, match="published"):
        parse_link(link)


def test_a_link_that_was_encoded_as_a_whole_is_read():
    link = quote(f"https://docs.google.com/document/d/{ID}/edit?usp=sharing", safe="")

    assert parse_link(link) == ID


def test_an_id_with_encoded_letters_is_read():
    assert parse_link(f"https://drive.google.com/file/%64/%31{ID[1:]}/view") == ID


IDS = st.from_regex(r"[A-Za-z0-9_-]{19,64}", fullmatch=True)


@given(link=st.sampled_from(LINKS), file_id=IDS)
def test_any_id_is_found_in_any_form(link, file_id):
    assert parse_link(link.format(id=file_id)) == file_id


@given(file_id=IDS)
def test_an_id_leads_to_itself(file_id):
    assert parse_link(file_id) == file_id


PIECES = (
    "https://|docs.google.com|/|d|e|folders|?id=|&|#|%2F|www.google.com/url?q=|[|]|:|@| |%"
)
ANYTHING = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*PIECES.split("|"), ID])).map("".join),
)


@given(text=ANYTHING)
def test_any_text_gives_an_id_or_none_or_a_refusal(text):
    try:
        found = parse_link(text)
    except RequestRefused:
        return

    assert found is None or re.fullmatch(r"[A-Za-z0-9_-]{10,128}", found)
