"""What can be named is documented, and what is documented exists."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from hectograph.cli.main import EXIT_CODES, cli
from hectograph.cli.output import STATE_CODES
from hectograph.domain.delivery import MOVES
from hectograph.domain.errors import HectographError
from hectograph.providers import drive_answers
from hectograph.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "hectograph"
TERM = re.compile(r"^\*\*(?P<term>[^*]+)\*\* \(`(?P<module>[^`]+)`\)$", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of the same level."""
    _, found, below = f"\n{text}".partition(f"\n## {heading}\n")
    assert found, f"no heading {heading!r}"
    return below.partition("\n## ")[0]


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def errors(
    kind: type[HectographError] = HectographError,
) -> Iterator[type[HectographError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from errors(each)


# Errors that one adapter adds have their rows too; importing it makes them known here.
assert drive_answers.Absent in errors()


def identifiers(module: Path) -> set[str]:
    """Every name that a module binds: classes, functions, arguments, fields, constants."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {plain(each) for each in found}


def plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def script(name: str) -> ModuleType:
    """A script as a module, without running it."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def draw_states():
    return script("draw_states")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(name):
    default = Settings.model_fields[name].default
    shown = f"`{default:g}`" if isinstance(default, int | float) else ""

    rows = [
        line
        for line in page("reference/settings.md").splitlines()
        if line.startswith(f"| `{PREFIX}{name.upper()}` |")
    ]

    assert len(rows) == 1
    assert shown in rows[0]


def test_no_setting_is_documented_that_does_not_exist():
    rows = re.findall(
        r"^\| `(HECTOGRAPH_\w+)`", page("reference/settings.md"), re.MULTILINE
    )

    assert set(rows) == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("error", list(errors()), ids=lambda each: each.__name__)
def test_every_error_code_is_documented(error):
    row = f"| `{error.code}` | `{error.__name__}` |"

    assert row in page("reference/errors.md")


@pytest.mark.parametrize(("path", "command"), list(commands(cli, "hectograph")))
def test_every_command_and_option_is_documented(path, command):
    below = section(page("reference/commands.md"), f"`{path}`")

    options = [
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    ]
    missing = [each for each in options if not re.search(rf"`{each}[ `]", below)]

    assert not missing


def test_every_exit_code_is_documented():
    below = section(page("reference/commands.md"), "Exit codes")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", below, re.MULTILINE)}

    used = {code for _, code in EXIT_CODES} | set(STATE_CODES.values())

    assert used <= documented


@pytest.mark.parametrize(("term", "module"), TERM.findall(page("glossary.md")))
def test_every_term_names_something_in_the_code(term, module):
    wanted = plain(term)

    assert any(
        each in (wanted, f"{wanted}s", f"{wanted}key", f"{wanted}id", f"build{wanted}")
        for each in identifiers(SOURCE / module)
    )


def test_the_glossary_has_no_term_without_its_module():
    heads = re.findall(r"^\*\*.+\n(?=: )", page("glossary.md"), re.MULTILINE)

    assert len(heads) > 30
    assert all(TERM.match(head.strip()) for head in heads)


def test_the_state_diagram_is_up_to_date(draw_states):
    assert draw_states.is_current(), "run scripts/draw_states.py"


def test_the_page_of_google_drives_answers_is_up_to_date():
    assert script("write_drive_answers").is_current(), "run scripts/write_drive_answers.py"


def test_a_state_without_a_place_is_an_error(draw_states, monkeypatch):
    monkeypatch.delitem(draw_states.PLACES, next(iter(MOVES)))

    with pytest.raises(ValueError, match="no coordinates for: planned"):
        draw_states.draw()


def test_every_state_is_explained():
    missing = [
        state
        for state in MOVES
        if f"\n| `{state}` |" not in page("explanation/delivery.md")
    ]

    assert not missing


def test_the_numbers_of_decisions_are_unique_and_match_their_titles():
    numbers = []
    for path in sorted((DOCS / "adr").glob("*.md")):
        number = int(path.name[:4])
        numbers.append(number)
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name

    assert len(numbers) == len(set(numbers))


def test_every_module_is_in_the_tree_of_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    missing = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if path.name != "__init__.py"
        and "migrations" not in path.parts
        and not re.search(rf"[─] {path.name}\s", text)
    ]

    assert not missing
