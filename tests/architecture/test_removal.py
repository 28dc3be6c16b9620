"""There is one way to take a file out of sight, and one caller of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "hectograph"

TAKES_AWAY = frozenset(
    {
        "detach",
        "patch_if",
        "give_name",
        "upload_if",
        "rewrite",
        "set_trashed",
        "put_aside",
        "rename_new",
        "rename",
        "renames",
        "replace",
        "remove",
        "unlink",
        "rmtree",
        "move",
        "truncate",
        "ftruncate",
        "update",
    }
)
"""What may take, move, rename or overwrite a file, by whatever object it is called on."""

ALLOWED = {
    # The rule, and what it decides about.
    ("engine/remover.py", "_remove", "detach"),
    ("providers/google_drive.py", "detach", "detach"),
    ("providers/file_system.py", "detach", "to_thread(self._quarantine.detach)"),
    ("providers/drive_removal.py", "detach", "patch_if"),
    ("providers/file_quarantine.py", "_move_in", "rename_new"),
    ("providers/file_quarantine.py", "_move_in", "os.rename"),
    # Other content for a file in its place, by the same rule.
    ("engine/rewriter.py", "_write", "rewrite"),
    ("providers/google_drive.py", "rewrite", "rewrite"),
    ("providers/drive_rewriting.py", "rewrite", "upload_if"),
    # Another name for a file where it is, as a person wished about that one.
    ("app/renaming.py", "_give_name_once", "rename"),
    ("providers/google_drive.py", "rename", "give_name"),
    ("providers/file_system.py", "rename", "to_thread(give_name)"),
    ("providers/drive_names.py", "give_name", "patch_if"),
    ("providers/file_names.py", "give_name", "rename_new"),
    # Back again; a second name goes when the first is there.
    ("providers/drive_removal.py", "reattach", "set_trashed"),
    ("providers/file_quarantine.py", "_move_out", "rename_new"),
    ("providers/file_quarantine.py", "_move_out", "remove"),
    ("providers/file_quarantine.py", "_move_back", "remove"),
    # A folder of a student's that an administrator wants out of the trash.
    ("providers/drive_office.py", "restore", "set_trashed"),
    # A copy on its way in, under the names that only we give.
    ("providers/drive_copies.py", "_publish", "move"),
    ("providers/file_batch.py", "_put_aside", "remove"),
    ("providers/file_batch.py", "_put_aside", "put_aside"),
    ("providers/file_batch.py", "_discard", "remove"),
    ("providers/file_batch.py", "_give_name", "remove"),
    ("providers/file_batch.py", "_rename", "rename_new"),
    ("providers/file_quarantine.py", "put_aside", "os.rename"),
    # Documents that we froze ourselves, where students have no access.
    ("providers/frozen_documents.py", "thaw", "remove"),
}


def calls() -> Iterator[tuple[str, str, str]]:
    """Every call in `providers` and `engine` that could take a file away."""
    for room in ("providers", "engine", "app", "cli"):
        for module in sorted((SOURCE / room).glob("*.py")):
            tree = ast.parse(module.read_text(encoding="utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    for name in names_called(function):
                        yield f"{room}/{module.name}", function.name, name


def names_called(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "give_name":
            yield node.func.id
        if not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "to_thread":
            called = ast.unparse(node.args[0])
            if called.rpartition(".")[2] in TAKES_AWAY:
                yield f"to_thread({called})"
        elif node.func.attr in TAKES_AWAY and takes_away(node.func):
            is_system = ast.unparse(node.func.value) == "os"
            yield f"os.{node.func.attr}" if is_system else node.func.attr


def takes_away(called: ast.Attribute) -> bool:
    """Whether it is about files: texts, dataclasses and lists have such methods, too."""
    of = ast.unparse(called.value)
    if called.attr == "replace":
        return of in ("os", "shutil") or "path" in of.lower()
    if called.attr == "update":
        return of.endswith("api")
    if called.attr in ("remove", "move", "truncate", "rename"):
        of_files = ("calls", "os", "api", "shutil", "path", "drive")
        return any(part in of for part in of_files)
    return True


def test_no_other_code_can_take_a_file_away():
    # The calls themselves are made in these two, for those above.
    makers = {"providers/file_calls.py", "providers/drive_api.py"}

    found = {each for each in calls() if each[0] not in makers}

    assert found == ALLOWED


def test_the_rule_is_asked_where_a_file_is_taken_away_and_by_one_plan():
    asked = {
        str(module.relative_to(SOURCE))
        for module in SOURCE.rglob("*.py")
        if "decide_touch(" in module.read_text(encoding="utf-8")
    }

    # A plan of duplicates asks what to propose; the remover asks again.
    assert asked == {
        "domain/touch.py",
        "domain/duplicates.py",
        "domain/rewriting.py",
        "engine/remover.py",
        "engine/rewriter.py",
    }


def test_a_file_is_written_over_only_after_the_rule_was_asked():
    """Each function that leads to a write asks the rule before, in the same look."""
    source = (SOURCE / "engine" / "rewriter.py").read_text(encoding="utf-8")
    asks = ("decide_touch", "_judge_corrected")
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.AsyncFunctionDef) or function.name == "_write":
            continue
        told = ast.unparse(function)
        if "self._write(" in told:
            found.append(function.name)
            before = told[: told.index("self._write(")]
            assert any(f"{ask}(" in before for ask in asks), function.name
            assert "if not judgement.is_untouched:" in before, function.name

    assert sorted(found) == ["_bring_back_once", "_replace_once"]


def test_nothing_is_ever_deleted_for_good_on_google_drive():
    source = (SOURCE / "providers" / "drive_api.py").read_text(encoding="utf-8")

    assert '"DELETE"' not in source
    assert "emptyTrash" not in source
