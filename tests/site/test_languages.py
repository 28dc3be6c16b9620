"""Which languages there are."""

import pytest

from hectograph.domain.errors import Misconfigured
from hectograph.site.languages import check_language, list_languages
from hectograph.site.settings import web_settings

from ..pseudo import TAG, pseudo, write_pseudo_locale


def test_english_and_what_has_a_catalogue():
    assert list_languages(None) == [("de", "Deutsch"), ("en", "English")]


def test_a_directory_adds_languages(tmp_path):
    locales = write_pseudo_locale(tmp_path)

    assert [tag for tag, _ in list_languages(locales)] == [TAG, "de", "en"]
    told = web_settings(secret_key="x", public_url=None, language=TAG, locales=locales)
    assert told["LANGUAGE_CODE"] == TAG
    assert told["LOCALE_PATHS"] == [locales]


@pytest.mark.parametrize("language", ["fr", "", "English"])
def test_a_school_speaks_a_language_that_there_is(language):
    with pytest.raises(Misconfigured) as refused:
        check_language(language, None)

    assert "de, en" in refused.value.remedy


def test_the_language_that_nobody_speaks_keeps_what_is_put_in():
    told = pseudo('%(number)s of {total} <a href="x">copies</a>')

    assert "%(number)s" in told
    assert "{total}" in told
    assert '<a href="x">' in told
    assert "copies" not in told
