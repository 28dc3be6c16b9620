"""The benchmarks work at all; what they measure is in docs/reference/benchmarks.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.chaos
def test_the_benchmarks_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--place", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert "5 students" in done.stdout
    assert "transactions" in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.chaos
def test_the_benchmark_of_litter_runs(tmp_path):
    words = ("--quick", "--only", "drive", "--place", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.litter", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert "80 came back" in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.chaos
def test_the_benchmark_of_being_in_time_runs():
    parts = ("couriers", "forecast")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.in_time", "--quick", "--only", *parts],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert "16 couriers" in done.stdout
    assert "A forecast beside the same day with real lanes" in done.stdout
    assert "hectograph, quota learned" in done.stdout


@pytest.mark.chaos
def test_the_benchmark_of_the_pages_runs():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pages", "--quick"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert "While 8 people watch 4 shares" in done.stdout
