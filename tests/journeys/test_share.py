"""A whole share, teacher to folder: the real command, database, worker and disk."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

STUDENTS = ["Ada Lovelace", "Zoë Baker", "CON", "a:b", "../up", "émile", "ÉMILE", "👩‍🚀 Li"]


@pytest.fixture
def school(tmp_path):
    roster = tmp_path / "class.csv"
    roster.write_text("Name\n" + "\n".join(STUDENTS) + "\n", encoding="utf-8")
    document = tmp_path / "Worksheet.docx"
    with zipfile.ZipFile(document, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    (tmp_path / "class").mkdir()
    return tmp_path


@pytest.fixture
def hectograph(empty_database, school):
    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "hectograph", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=school,
            env={**os.environ, "HECTOGRAPH_DATABASE_URL": empty_database},
        )

    return call


def share(hectograph, *options, document="Worksheet.docx"):
    return hectograph(
        "share", document, "--roster", "class.csv", "--into", "class", "--json", *options
    )


def files_below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_everyone_gets_one_copy_and_asking_again_changes_nothing(hectograph, school):
    first = share(hectograph)
    snapshot = [(path, path.stat()) for path in files_below(school / "class")]
    second = share(hectograph)

    assert first.returncode == second.returncode == 0, first.stderr
    assert json.loads(first.stdout)["counts"]["verified"] == len(STUDENTS)
    assert json.loads(second.stdout)["joined"] is True
    assert [(path, path.stat()) for path in files_below(school / "class")] == snapshot
    wanted = (school / "Worksheet.docx").read_bytes()
    assert [path.read_bytes() for path, _ in snapshot] == [wanted] * len(STUDENTS)
    assert not (school / "class" / ".hectograph").exists()


def test_a_late_joiner_gets_a_copy_and_nobody_else_a_second(hectograph, school):
    share(hectograph)
    with (school / "class.csv").open("a", encoding="utf-8") as roster:
        roster.write("New Student\n")

    answer = json.loads(share(hectograph).stdout)

    assert answer["joined"] is False
    assert len(files_below(school / "class")) == len(STUDENTS) + 1


def test_a_folder_of_documents_becomes_a_tree_for_each(hectograph, school):
    (school / "Project" / "data").mkdir(parents=True)
    (school / "Project" / "Read me.txt").write_text("read me")
    (school / "Project" / "data" / "rivers.csv").write_text("Rhine")

    answer = json.loads(share(hectograph, document="Project").stdout)

    assert answer["counts"]["verified"] == 2 * len(STUDENTS)
    tree = school / "class" / "Ada Lovelace" / "Project - Ada Lovelace"
    assert (tree / "data" / "rivers.csv").read_text() == "Rhine"


def test_a_worker_does_what_was_not_waited_for(hectograph, school, empty_database):
    answer = json.loads(share(hectograph, "--no-wait").stdout)
    assert answer["state"] == "running"

    env = {**os.environ, "HECTOGRAPH_DATABASE_URL": empty_database}
    worker = subprocess.Popen(
        [sys.executable, "-m", "hectograph", "worker"], env=env, stderr=subprocess.PIPE
    )
    assert worker.stderr is not None
    assert b"is about" in worker.stderr.readline()
    try:
        watched = hectograph("shares", "watch", answer["share"], "--json")
    finally:
        worker.terminate()
        _, said = worker.communicate(timeout=60)

    assert json.loads(watched.stdout)["state"] == "complete"
    assert worker.returncode == 0
    assert b"has stopped" in said


def test_one_bad_folder_is_an_exception_and_can_be_mended(hectograph, school):
    (school / "class" / "Ada Lovelace").write_text("in the way")

    first = share(hectograph)
    answer = json.loads(first.stdout)

    assert first.returncode == 3
    assert answer["counts"]["failed"] == 1
    assert answer["deliveries"][0]["error"]["code"] == "folder_refused"
    (school / "class" / "Ada Lovelace").unlink()
    hectograph("shares", "retry", answer["share"])
    watched = hectograph("shares", "watch", answer["share"], "--json")
    assert watched.returncode == 0
    assert len(files_below(school / "class")) == len(STUDENTS)


def test_logs_never_name_a_student(empty_database, school):
    env = {
        **os.environ,
        "HECTOGRAPH_DATABASE_URL": empty_database,
        "HECTOGRAPH_LOG_LEVEL": "DEBUG",
    }
    (school / "class" / "Ada Lovelace").write_text("in the way")
    result = subprocess.run(
        [
            *(sys.executable, "-m", "hectograph", "share", "Worksheet.docx"),
            *("--roster", "class.csv", "--into", "class", "--json"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=school,
        env=env,
    )

    assert "delivery.not_made" in result.stderr
    for student in STUDENTS:
        assert student not in result.stderr


def test_the_library_does_the_same(empty_database, school):
    script = (
        "from hectograph import share\n"
        "report = share(['Worksheet.docx'], roster='class.csv', into='class')\n"
        "print(report.state, report.progress.delivered)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=school,
        env={**os.environ, "HECTOGRAPH_DATABASE_URL": empty_database},
    )

    assert result.stdout.strip() == f"complete {len(STUDENTS)}", result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("share", "None.docx", "--roster", "class.csv", "--into", "class"),
        ("share", "Worksheet.docx", "--roster", "none.csv", "--into", "class"),
        ("share", "Worksheet.docx", "--roster", "Worksheet.docx", "--into", "class"),
        ("share", "Worksheet.docx", "--roster", "class.csv", "--into", "none"),
        ("share", "Worksheet.docx", "--roster", "class.csv", "--into", "class.csv"),
        ("share", "/dev/zero", "--roster", "class.csv", "--into", "class"),
    ],
    ids=["document", "roster", "no roster", "directory", "file", "device"],
)
def test_bad_input_is_told_and_leaves_nothing(hectograph, school, arguments):
    before = sorted(school.rglob("*"))

    result = hectograph(*arguments)

    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("hectograph: ")
    assert sorted(school.rglob("*")) == before
