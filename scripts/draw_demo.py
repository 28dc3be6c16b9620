"""Draws docs/images/demo.svg: what a terminal shows when the demo is run, twice.

The demo is really run, in a terminal of its own and a folder of its own; what it printed
is drawn as it stands at the end.
"""

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "demo.svg"
WIDTH = 84
SHOWN_LINES = 9
CONTROL = re.compile(r"\x1b\[(\??\d*)([A-Za-z])|(\r|\n)")


def run_in_terminal(command: list[str], folder: Path) -> str:
    """Run a command with a terminal for stdout and stderr; all that it wrote there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    while chunk := _read(ours):
        written += chunk
    os.close(ours)
    if process.wait() != 0:
        sys.exit(written.decode())
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def settle(written: str) -> list[str]:
    """The lines as they stand on the screen in the end: the bar was drawn many times."""
    lines, row, at = [""], 0, 0
    for control in CONTROL.finditer(written):
        lines[row] += written[at : control.start()]
        at = control.end()
        number, kind, plain = control.groups()
        if plain == "\n":
            row += 1
            lines.extend([""] * (row + 1 - len(lines)))
        elif kind == "A":
            row = max(0, row - int(number or 1))
        elif kind == "K":
            lines[row] = ""
        elif kind == "m":
            lines[row] += control.group()
    return lines


def draw(runs: list[tuple[str, list[str]]]) -> str:
    """The picture as SVG, without any font from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for typed, lines in runs:
        console.print(Text.assemble(("$ ", "bold green"), (typed, "bold")))
        for line in lines:
            console.print(Text.from_ansi(line))
    svg = console.export_svg(title="hectograph")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, Menlo, Consolas")


def _without_paths(line: str, folder: str) -> str:
    """The line as somebody sees it who works in the checkout."""
    return line.replace(folder, "~").replace(f"{ROOT}/", "")


def main() -> None:
    """Run the demo twice and draw it."""
    command = [str(ROOT / ".venv" / "bin" / "hectograph"), "demo"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HECTOGRAPH_DATA_DIR"] = str(folder / "data")
        subprocess.run([command[0], "shares", "list"], check=True, capture_output=True)
        runs = []
        for _ in range(2):
            lines = settle(run_in_terminal(command, folder))
            shown = [_without_paths(line, name) for line in lines[:SHOWN_LINES]]
            runs.append(("make demo", shown))
        subprocess.run([command[0], "doctor", "--stop"], check=True, capture_output=True)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
