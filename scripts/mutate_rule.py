"""Breaks the rule of every clean-up in each small way, and wants its tests to notice.

Each mutant of `domain/touch.py` is tried in a process of its own, by
the rule's tests; the file itself is never written to. Prints how many there
were and every one that lived; the exit code is 1 if one did.
"""

import ast
import copy
import os
import signal
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MODULE: Final = "hectograph.domain.touch"
SOURCE: Final = ROOT / "src" / "hectograph" / "domain" / "touch.py"
TESTS: Final = (
    "tests/domain/test_touch.py",
    "tests/domain/test_touch_self_written.py",
)
PYTEST: Final = [
    *("-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly"),
    # What this process has imported for all of them was not rewritten.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]
SECONDS: Final = 60
"""How long the tests may take; a mutant that does not end is dead, too."""

COMPARISONS: Final[dict[type[ast.cmpop], list[type[ast.cmpop]]]] = {
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
}
STATEMENTS: Final = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.If, ast.Match)
ENUMERATIONS: Final = ("Sign", "Touch")
SIDES: Final = ("before", "now")

Change = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The module with one change, and what that is."""

    line: int
    words: str
    tree: ast.Module


def list_mutants(module: ast.Module) -> Iterator[Mutant]:
    """Every mutant of a module."""
    number = 0
    while True:
        tree = copy.deepcopy(module)
        changes = list(_list_changes(tree))
        if number == len(changes):
            return
        line, words, change = changes[number]
        change()
        yield Mutant(line=line, words=words, tree=ast.fix_missing_locations(tree))
        number += 1


def _list_changes(tree: ast.Module) -> Iterator[tuple[int, str, Change]]:
    for node in _walk(tree):
        for words, change in _changes_of(node):
            line = next((n.lineno for n in ast.walk(node) if hasattr(n, "lineno")), 0)
            yield line, words, change
    for name in sorted(_compared(tree)):
        yield 0, f"{name} is not compared", lambda name=name: _ignore(tree, name)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node whose change is a change of behaviour: no annotations, no docstrings."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST) and not _is_docstring(each):
                yield from _walk(each)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes_of(node: ast.AST) -> Iterator[tuple[str, Change]]:
    yield from _operator_changes(node)
    yield from _value_changes(node)
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            yield from _changes_in(value, field)
        elif isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not):
            words = f"without not: {ast.unparse(value)}"
            yield words, _setter(node, field, value.operand)


def _operator_changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=[op]):
            for other in COMPARISONS[type(op)]:
                yield (
                    f"{other.__name__}: {ast.unparse(node)}",
                    _setter(node, "ops", [other()]),
                )
        case ast.BoolOp():
            other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield f"other operator: {ast.unparse(node)}", _setter(node, "op", other_op)
        case ast.BinOp(op=ast.Mult() | ast.Pow()):
            yield f"plus: {ast.unparse(node)}", _setter(node, "op", ast.Add())
        case ast.IfExp():
            words = f"the other way round: {ast.unparse(node)}"
            negated = ast.UnaryOp(op=ast.Not(), operand=node.test)
            yield words, _setter(node, "test", negated)


def _value_changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.If():
            for value in (True, False):
                constant = ast.Constant(value=value)
                yield (
                    f"if {value}: {ast.unparse(node.test)}",
                    _setter(node, "test", constant),
                )
        case ast.Constant():
            for value in _other_values(node.value):
                yield f"{node.value!r} is {value!r}", _setter(node, "value", value)
        case ast.Attribute(value=ast.Name(id=name)) if name in ENUMERATIONS:
            others = import_module(MODULE).__dict__[name].__members__
            for other in others.keys() - {node.attr}:
                yield f"{name}.{node.attr} is {other}", _setter(node, "attr", other)
        case ast.Return(value=ast.expr()):
            yield f"return None: {ast.unparse(node)}", _setter(node, "value", None)


def _changes_in(nodes: list[ast.AST], field: str) -> Iterator[tuple[str, Change]]:
    for place, node in enumerate(nodes):
        words = ast.unparse(node).split("\n")[0] if isinstance(node, ast.AST) else ""
        if field == "body" and isinstance(node, STATEMENTS) and not _is_docstring(node):
            yield f"without: {words}", _putter(nodes, place, ast.Pass())
        elif field in ("elts", "values", "cases", "orelse"):
            yield f"without in {field}: {words}", _popper(nodes, place)


def _other_values(value: object) -> list[object]:
    match value:
        case bool():
            return [not value]
        case None:
            return [False]
        case int():
            return [value + 1, value - 1]
        case str():
            return [f"{value}x"]
        case _:
            return []


def _compared(tree: ast.Module) -> set[str]:
    """Names of what is compared between a file before and now."""
    found: dict[str, set[str]] = {side: set() for side in SIDES}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=side), attr=name) if side in SIDES:
                found[side].add(name)
    return set.intersection(*found.values())


def _ignore(tree: ast.Module, name: str) -> None:
    """Let what is compared under a name be the same always."""
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if _is_side(value, name):
                setattr(node, field, ast.Constant(value=0))
            elif isinstance(value, list):
                value[:] = [
                    ast.Constant(value=0) if _is_side(v, name) else v for v in value
                ]


def _is_side(node: object, name: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=side), attr=attribute):
            return side in SIDES and attribute == name
        case _:
            return False


def _setter(node: ast.AST, field: str, value: object) -> Change:
    return lambda: setattr(node, field, value)


def _putter(nodes: list[ast.AST], place: int, node: ast.AST) -> Change:
    return lambda: nodes.__setitem__(place, node)


def _popper(nodes: list[ast.AST], place: int) -> Change:
    return lambda: nodes.__delitem__(place)


def passes(tree: ast.Module) -> bool:
    """Whether the tests pass on this module instead of the real one."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        _run_tests(tree)
    _, status = os.waitpid(child, 0)
    return status == 0


def _run_tests(tree: ast.Module) -> None:
    """Run the tests and end this process, with 0 if they pass."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    code = 1
    try:
        for name in [each for each in sys.modules if each.startswith("hectograph.")]:
            del sys.modules[name]
        module = types.ModuleType(MODULE)
        sys.modules[MODULE] = module
        exec(compile(tree, SOURCE, "exec"), module.__dict__)
        code = int(import_module("pytest").main([*PYTEST, *TESTS]))
    finally:
        os._exit(code)


def main() -> int:
    """Try every mutant; 1 if one lives, or if the tests fail without any."""
    os.chdir(ROOT)
    for name in ("pytest", "hypothesis", "psycopg", "django.db", MODULE):
        import_module(name)
    module = ast.parse(SOURCE.read_text())
    if not passes(module):
        print(f"{' or '.join(TESTS)} fails on the rule as it is.")
        return 1
    number, living = 0, 0
    for mutant in list_mutants(module):
        number += 1
        if passes(mutant.tree):
            living += 1
            print(f"lives: line {mutant.line}, {mutant.words}", flush=True)
    print(f"{number} mutants of the rule, {living} lived")
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main())
