"""Gathers what people read, and brings the catalogues of the languages up to date.

Three kinds of words: those of the templates, those that `web/`, `site/` and `outgoing/`
mark for gettext, and the sentences that lower rooms make in English, such as the cause of
an error. The last are found by their shape, and written to `sentences.txt` as well, so that
`web/speaking.py` knows one when it sees it. New words come into each catalogue
untranslated; those that are gone leave it.

With --check nothing is written, and the exit code is 1 when something is missing, not
translated, or has other placeholders than the original.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src" / "hectograph"
LOCALE: Final = SOURCE / "web" / "locale"
SENTENCES: Final = LOCALE / "sentences.txt"

MARKED_ROOMS: Final = ("web", "site", "outgoing")
SPEAKING_ROOMS: Final = (
    *("domain", "app", "providers", "store", "directories", "engine"),
    *("web", "uploads.py", "once.py"),
)
SILENT: Final = frozenset(
    {
        "domain/advice.py",
        "domain/forecast.py",
        "domain/forecast_setting.py",
        "domain/litter.py",
        "domain/quota.py",
        "domain/school_day.py",
        "domain/standing.py",
        "domain/estimate_words.py",
        "domain/variants.py",
        "app/forecasting.py",
        "app/litter.py",
        "app/rebuilding.py",
        "directories/calendar.py",
        "directories/sample_school.py",
        "engine/queue.py",
        "providers/drive_litter.py",
        "providers/drive_search.py",
        "providers/file_litter.py",
        "providers/memory.py",
        "store/database.py",
        "store/lanes.py",
        "store/memory.py",
        "web/health.py",
    }
)
"""What only commands tell, or nobody."""

WORDS_OF: Final = frozenset(
    {"Role", "DeliveryState", "ShareState", "RemovalState", "CleanupState"}
)
TABLES_OF_WORDS: Final = frozenset({"FOREIGN_HEADERS"})
"""Of these every value is a word that may stand within a sentence."""

KEYWORDS: Final = {
    **dict.fromkeys(("_", "now_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}

SENTENCE: Final = re.compile(r'["\'({]*[A-Z`{].* .*([.?!:](\)|")?|[a-z]: .+)', re.DOTALL)
PHRASE: Final = re.compile(r"('\{\w+\}'|[a-z]+)( [a-z0-9',:;{}_]+){2,}(: \{\w+\})?")
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]|(?<!\{)\{(\w+)\}(?!\})")


@dataclass(frozen=True, slots=True)
class Said:
    """Words, where they stand, and in which form there are several."""

    words: str | tuple[str, str]
    place: tuple[str, int]
    context: str | None = None
    is_sentence: bool = False


def gather() -> list[Said]:
    """Everything that people may read, in the order of the files."""
    return [*_of_templates(), *_marked(), *_sentences()]


def _of_templates() -> Iterator[Said]:
    found = (SOURCE.glob("web/templates/**/*.html"), SOURCE.glob("outgoing/templates/*"))
    for path in sorted(chain(*found)):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # What was text is no Python, and must not be indented as if it were.
        lines = (line.lstrip() for line in source.splitlines())
        yield from _extracted("\n".join(lines), path)


def _marked() -> Iterator[Said]:
    for path in _modules(MARKED_ROOMS):
        yield from _extracted(path.read_text(encoding="utf-8"), path)


def _extracted(source: str, path: Path) -> Iterator[Said]:
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
    for line, words, _comments, context in found:
        yield Said(words, (_name(path), line), context)


def _modules(rooms: Sequence[str]) -> list[Path]:
    found = [
        path
        for room in rooms
        for path in (
            [SOURCE / room] if room.endswith(".py") else SOURCE.glob(f"{room}/**/*.py")
        )
    ]
    return sorted(each for each in found if "migrations" not in each.parts)


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _sentences() -> Iterator[Said]:
    for path in _modules(SPEAKING_ROOMS):
        if _name(path) not in SILENT:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for words, line in _Listener(tree).heard:
                yield Said(words, (_name(path), line), is_sentence=True)


class _Listener(ast.NodeVisitor):
    """Hears the sentences of a module: texts, and texts with values in them."""

    def __init__(self, tree: ast.Module) -> None:
        self.heard: list[tuple[str, int]] = []
        self.visit(tree)

    def visit_Expr(self, node: ast.Expr) -> None:
        """What is a docstring is not said."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """What is marked is gathered as such; what regular expressions say is not said."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name not in {*KEYWORDS, "compile", "match", "ValueError"}:
            self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Of enumerations all words or none."""
        if not any(isinstance(each, ast.Name) and "Enum" in each.id for each in node.bases):
            self.generic_visit(node)
        for each in node.body if node.name in WORDS_OF else ():
            if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant):
                self.heard.append((str(each.value.value), each.lineno))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """All words of some tables."""
        is_table = isinstance(node.target, ast.Name) and node.target.id in TABLES_OF_WORDS
        for each in (
            node.value.values if is_table and isinstance(node.value, ast.Dict) else ()
        ):
            self._hear(each, is_short=True)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """What is looked up is not said."""
        for each in node.values:
            self.visit(each)

    def visit_keyword(self, node: ast.keyword) -> None:
        """What a check of a drive is called."""
        if node.arg in {"check", "of"}:
            self._hear(node.value, is_short=True)
        self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Nobody reads it."""

    def visit_Constant(self, node: ast.Constant) -> None:
        self._hear(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._hear(node)
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def _hear(self, node: ast.expr, *, is_short: bool = False) -> None:
        words = template_of(node)
        if words and (is_short or is_said(words)):
            self.heard.append((words, node.lineno))

    def visit(self, node: ast.AST) -> None:
        """Phrases in a list are words that are looked for; sentences are said."""
        before = len(self.heard)
        super().visit(node)
        if not isinstance(node, (ast.Set, ast.Tuple, ast.List)):
            return
        kept = [each for each in self.heard[before:] if not PHRASE.fullmatch(each[0])]
        self.heard[before:] = kept


def is_said(words: str) -> bool:
    """Whether it looks like something that a person reads."""
    if re.search(
        r"\n|\b(SELECT|UPDATE|WHERE|INSERT|DELETE|in parents)\b|^hectograph ", words
    ):
        return False
    literal = re.sub(r"\{\w*\}", "", words)
    if not re.search(r"[a-z]{2}", literal) and "{what}" not in words:
        return False
    return bool(SENTENCE.fullmatch(words) or PHRASE.fullmatch(words))


def template_of(node: ast.expr) -> str | None:
    """A text as a format string: each value by the last word of what it is."""
    if isinstance(node, ast.Constant):
        return _escaped(node.value) if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    known: dict[str, str] = {}
    return "".join(_part(each, known) for each in node.values)


def _part(part: ast.expr, known: dict[str, str]) -> str:
    if isinstance(part, ast.Constant):
        return _escaped(str(part.value))
    if not isinstance(part, ast.FormattedValue):
        raise TypeError(part)
    shown = ast.unparse(part.value)
    if shown not in known:
        known[shown] = _placeholder(part.value, taken=set(known.values()))
    quote = "'" if part.conversion == ord("r") else ""
    return f"{quote}{{{known[shown]}}}{quote}"


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _placeholder(node: ast.expr, *, taken: set[str]) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            pass
        case ast.Call(func=ast.Name(id="len")):
            name = "number"
        case ast.Call(args=[ast.Attribute(attr=name) | ast.Name(id=name), *_]):
            pass
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr=name) | ast.Name(id=name))
        ):
            pass
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            pass
        case _:
            name = "value"
    name = name.strip("_").lower()
    number = 2
    plain = name
    while name in taken:
        name, number = f"{plain}{number}", number + 1
    return name


def merged(old: Catalog, said: Sequence[Said]) -> Catalog:
    """A catalogue with what is said now, and what it said of that."""
    new = _Plain(locale=old.locale, header_comment=old.header_comment, fuzzy=False)
    for each in said:
        kept = old.get(_first(each.words), each.context)
        is_same = kept is not None and kept.id == each.words
        empty: Any = ("",) * old.num_plurals if isinstance(each.words, tuple) else ""
        message = new.add(
            each.words,
            kept.string if kept is not None and is_same else empty,
            locations=[each.place],
            context=each.context,
        )
        message.flags -= {"python-format", "python-brace-format"}
    return new


class _Plain(Catalog):
    """A catalogue whose head does not change with the day, or with who writes it."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What is needed to read it."""
        return [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def faults_of(catalogue: Catalog) -> list[str]:
    """What is not translated, is not sure, or has other placeholders."""
    return [
        f"{catalogue.locale}: {fault}: {_first(each.id)!r} ({_place(each)})"
        for each in catalogue
        if each.id and (fault := _fault(each))
    ]


def _fault(message: Message) -> str | None:
    texts = (
        message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    )
    originals = message.id if isinstance(message.id, tuple) else (message.id,)
    if not texts or not all(texts):
        return "not translated"
    if message.fuzzy:
        return "fuzzy"
    wanted = _placeholders(originals[-1])
    # The singular may do without the number.
    may_lack = {"number", "students", "copies"} if len(originals) > 1 else set()
    for text in texts:
        found = _placeholders(text)
        if found - wanted or (wanted - found) - may_lack:
            return "other placeholders"
    return None


def _placeholders(text: str) -> set[str]:
    return {name or brace for name, brace in PLACEHOLDER.findall(text)}


def _first(words: str | Sequence[str]) -> str:
    return words if isinstance(words, str) else words[0]


def _place(message: Message) -> str:
    return ":".join(map(str, message.locations[0])) if message.locations else "nowhere"


def sentences_text(said: Sequence[Said]) -> str:
    """The sentences, one a line."""
    return "".join(
        f"{each}\n" for each in sorted({str(s.words) for s in said if s.is_sentence})
    )


def catalogues() -> list[Path]:
    """The catalogue of each language, as people edit it."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """A catalogue."""
    with path.open("rb") as opened:
        return read_po(opened, locale=path.parts[-3], domain="django")


def as_po(catalogue: Catalog) -> bytes:
    """It as people edit it."""
    written = io.BytesIO()
    write_po(written, catalogue, width=100, sort_by_file=True, include_lineno=False)
    return written.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """It as it is read when the pages are served."""
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def expected() -> dict[Path, bytes]:
    """Each file as it should be."""
    said = gather()
    files = {SENTENCES: sentences_text(said).encode()}
    for path in catalogues():
        catalogue = merged(read(path), said)
        files[path] = as_po(catalogue)
        files[path.with_suffix(".mo")] = as_mo(catalogue)
    return files


def problems() -> list[str]:
    """What --check finds."""
    stale = [
        f"{path.relative_to(ROOT)} is not up to date: run `make messages`"
        for path, wanted in expected().items()
        if not path.is_file() or path.read_bytes() != wanted
    ]
    return stale + [fault for path in catalogues() for fault in faults_of(read(path))]


def main() -> int:
    """Write, or with --check only look; the exit code."""
    is_check = "--check" in sys.argv[1:]
    if not is_check:
        for path, text in expected().items():
            path.write_bytes(text)
    found = problems()
    for each in found:
        print(each, file=sys.stderr)
    return 1 if found and is_check else 0


if __name__ == "__main__":
    sys.exit(main())
