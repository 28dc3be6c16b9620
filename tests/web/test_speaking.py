"""Sentences of lower rooms in German: recognised, put together, and never lost."""

from string import Formatter

import pytest
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.removal import reason_for
from hectograph.domain.touch import Judgement, Sign
from hectograph.providers.drive_answers import RULES
from hectograph.providers.file_errors import MEANINGS, provider_error
from hectograph.web.speaking import SENTENCES, grouped, parts_of, speak
from hectograph.web.templatetags.spoken import spoken

from ..architecture.test_docs import errors


@pytest.fixture(autouse=True)
def _german(database_url):
    with override("de"):
        yield


def sentences():
    return SENTENCES.read_text(encoding="utf-8").splitlines()


def names_of(words):
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(words) if name))


@pytest.mark.parametrize("words", sentences())
def test_every_sentence_is_recognised_whatever_is_put_in(words):
    values = {name: f"Xq{number}" for number, name in enumerate(names_of(words))}
    letters = sum(map(str.isalpha, words.format(**dict.fromkeys(values, ""))))

    told = speak(words.format(**values))

    if letters >= 4:
        assert told == gettext(words).format(**values)


def is_known(text):
    return all(each.is_known for each in parts_of(text))


@pytest.mark.parametrize("kind", list(errors()), ids=lambda each: each.__name__)
def test_every_remedy_is_known(kind):
    assert is_known(kind.default_remedy)


@pytest.mark.parametrize("number", sorted(MEANINGS))
def test_whatever_the_disk_answers_is_known(number):
    reason = provider_error(OSError(number, "strange words")).reason()

    assert is_known(reason.message)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.words)
def test_whatever_google_drive_answers_is_known(rule):
    message = f"{rule.words} Nothing was done. (Google Drive: 403 someReason)"

    assert is_known(message)
    assert speak(message).endswith("Es wurde nichts getan. (Google Drive: 403 someReason)")
    assert is_known(rule.remedy or "")


def test_a_message_and_its_effect_are_both_translated():
    assert speak("The disk is full. There is no copy yet.") == (
        "Der Datenträger ist voll. Es gibt noch keine Kopie."
    )


def test_what_somebody_wrote_stays_as_it_was_written():
    told = speak("There is no share 'Nothing was done.'.")

    assert told == "Die Verteilung „Nothing was done.“ gibt es nicht."


def test_words_of_ours_within_a_sentence_are_translated():
    assert speak("The share is paused already.") == "Die Verteilung ist schon angehalten."
    assert speak("You may not invite a person as teacher.") == (
        "Sie dürfen niemanden als Lehrkraft einladen."
    )


def test_several_signs_are_one_sentence():
    reason = reason_for(Judgement(signs=(Sign.EDITED, Sign.RENAMED)))

    assert speak(reason.message) == "Sie wurde bearbeitet, sie wurde umbenannt."


def test_what_nobody_knows_is_shown_as_it_is_and_said_to_be_english():
    text = "Nothing was done. The moon is <full>. Nothing was shared."

    assert (
        speak(text)
        == "Es wurde nichts getan. The moon is <full>. Es wurde nichts verteilt."
    )
    assert spoken(text) == (
        'Es wurde nichts getan. <span lang="en">The moon is &lt;full&gt;.</span> '
        "Es wurde nichts verteilt."
    )


def test_in_english_nothing_is_done_to_it():
    with override("en"):
        assert speak("The disk is full.") == "The disk is full."


def test_numbers_and_times_are_written_as_the_school_does():
    assert speak("The table has more than 1,234,567 rows.") == (
        "Die Tabelle hat mehr als 1.234.567 Zeilen."
    )
    assert speak("'x' is over: at the school it is 2026-11-24 14:05.") == (
        "„x“ ist vorbei: In der Schule ist es 24.11.2026, 14:05."
    )
    assert (
        speak("1,024.5 GB of 2.0 TB used (50 %).") == "1.024,5 GB von 2,0 TB belegt (50 %)."
    )
    assert speak("Row 1.5 has no folder.") == "Row 1.5 hat keinen Ordner."


def test_from_right_to_left_what_is_put_in_keeps_its_own_direction():
    with override("ar"):
        told = speak("'/srv/9A' cannot receive copies: no.")

    assert "\u2068/srv/9A\u2069" in told


def test_a_number_is_grouped_as_it_is_here():
    assert grouped(12345) == "12.345"
    with override("en"):
        assert grouped(12345) == "12,345"


@given(st.lists(st.sampled_from(["The disk is full.", "What?", "a.\nb.", " ", "„x“ (y)"])))
def test_nothing_is_lost(pieces):
    text = " ".join(pieces)

    unknown = [each.text for each in parts_of(text) if not each.is_known]

    assert speak(text).count("Datenträger") == text.count("The disk is full.")
    assert sum(each.count("What?") for each in unknown) == text.count("What?")


@given(st.text(max_size=60))
def test_any_text_can_be_spoken(text):
    assert (speak(text) == "") == (text == "")


def test_a_text_of_many_sentences_is_taken_one_by_one():
    text = "The moon is full. " * 500 + "Nothing was done."

    assert speak(text).endswith("Es wurde nichts getan.")


def test_a_sentence_without_an_end_is_not_looked_at():
    text = f"There is no share '{'x' * 1000}'."

    assert speak(text) == text
