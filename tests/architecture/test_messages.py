"""Everything that people read can be translated, and is."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.template.base import Lexer, TokenType

from .test_docs import SOURCE, script

CSS = (SOURCE / "web/static/web/hectograph.css").read_text(encoding="utf-8")
TEMPLATES = sorted((SOURCE / "web/templates").rglob("*.html"))
MARKED = re.compile(r"(translate|trans)\b")
UNMARKED = re.compile(r"Hectograph|hectograph drive add google --name school …|https://\S+")
SHOWN = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"')
SIDES = re.compile(
    r"(?<![\w-])((margin|padding|border)-(left|right)|left|right|text-align: (left|right))\b"
)


@pytest.fixture(scope="module")
def messages():
    return script("write_messages")


def test_everything_is_translated_and_compiled(messages):
    assert not messages.problems(), "run `make messages`, and translate what is new"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_word_of_a_template_stands_outside_a_translation(path: Path):
    assert not list(bare_words(path.read_text(encoding="utf-8")))


def test_a_bare_word_is_found():
    assert list(bare_words("<p>Bare {% translate 'word' %}</p>")) == ["Bare"]
    assert list(bare_words('<p title="Bare">{{ value }}</p>')) == ["Bare"]
    assert not list(bare_words("{% blocktranslate %}A word{% endblocktranslate %}"))


def bare_words(template):
    kept, is_marked, is_verbatim = "", False, False
    for token in Lexer(template).tokenize():
        if token.token_type is TokenType.BLOCK:
            name = token.contents.split()[0]
            if name.startswith(("blocktrans", "endblocktrans")):
                is_marked = not name.startswith("end")
            is_verbatim = name == "verbatim" or (is_verbatim and name != "endverbatim")
        elif token.token_type is TokenType.TEXT and not (is_marked or is_verbatim):
            kept += token.contents
    shown = [*SHOWN.findall(kept), *re.sub(r"<[^>]*>", "\n", kept).splitlines()]
    for words in shown:
        left = UNMARKED.sub("", words).strip()
        if re.search(r"[A-Za-z]{2}", re.sub(r"&\w+;", "", left)):
            yield left


def test_no_style_knows_left_and_right():
    assert not SIDES.findall(CSS)


def test_a_new_string_is_asked_for(messages):
    old = messages.read(messages.catalogues()[0])
    new = messages.Said("Something new.", ("web/new.py", 1))

    merged = messages.merged(old, [*messages.gather(), new])

    assert any("'Something new.'" in each for each in messages.faults_of(merged))


@pytest.mark.parametrize(
    ("words", "told", "is_well"),
    [
        ("Not for {name}.", "Nicht für {name}.", True),
        ("Not for {name}.", "Nicht für {nam}.", False),
        ("Not for %(name)s.", "Nicht für sie.", False),
        (
            ("%(number)s copy", "%(number)s copies"),
            ("eine Kopie", "%(number)s Kopien"),
            True,
        ),
        (("%(number)s copy", "%(number)s copies"), ("eine Kopie", ""), False),
    ],
)
def test_placeholders_agree(messages, words, told, is_well):
    catalogue = Catalog(locale="de")
    catalogue.add(words, told)

    assert (messages.faults_of(catalogue) == []) is is_well


def test_a_sentence_with_values_is_a_format_string(messages):
    code = 'raise Refused(f"There is no {self.kind} {name!r}, {len(all)} of {{}} {x:,}.")'

    heard = messages._Listener(messages.ast.parse(code)).heard

    assert [words for words, _ in heard] == [
        "There is no {kind} '{name}', {number} of {{}} {x}."
    ]
