"""Writes docs/reference/google-drive-answers.md from the table of what answers mean.

With --check nothing is written, and the exit code is 1 when the file is not what would be.
"""

import sys
from pathlib import Path
from typing import Final

from hectograph.providers.drive_answers import (
    BROKEN,
    REFUSED,
    RULES,
    UNREADABLE,
    Rule,
    kind_of,
)

TARGET: Final = Path(__file__).parents[1] / "docs" / "reference" / "google-drive-answers.md"

HEAD: Final = """\
# Google Drive's answers

What each answer of Google Drive means for a delivery.
This page is written by `scripts/write_drive_answers.py` from the table in `hectograph.providers.drive_answers`, which is what decides.

The first row that fits decides.
Reasons come as `rateLimitExceeded` and as `RATE_LIMIT_EXCEEDED`, in `error.errors`, in `error.details` and as `error.status`: case and underscores do not count.
A `*` stands for any beginning or end; *any* for every reason, and for none.
*Not Google's own* is an answer without the JSON that the API gives: a page, half an answer, or nothing.

| What is known | What hectograph does |
|---|---|
| *done* | goes on |
| *unknown* | looks whether it was done, before it repeats anything; a call that only reads is simply tried again |
| *slow down* | the same, and slows the account down: such answers were seen after the copy had been made |
| *wait for hours* | lets the account rest, and goes on with others |
| *needs a person* | stops this delivery and says what is to be done |

The codes are explained under [Errors](errors.md).

| Status | Reason | What is known | Code | A teacher reads | What to do |
|---|---|---|---|---|---|
| 2xx | *any* | done | | | |
"""  # noqa: E501 - a sentence is a line

FOOT: Final = """
A connection that breaks before the answer is whole is *unknown* too; one that was never made is not: there the code is `unavailable`.
"""  # noqa: E501 - a sentence is a line


def write() -> str:
    """The whole page."""
    return HEAD + "\n".join(_row(rule) for rule in RULES) + "\n" + FOOT


def _row(rule: Rule) -> str:
    cells = (
        _statuses(rule.statuses),
        _reasons(rule.reasons),
        str(rule.meaning),
        f"`{kind_of(rule, rule.meaning).code}`",
        rule.words,
        rule.remedy or "nothing",
    )
    return f"| {' | '.join(cells)} |"


def _statuses(statuses: frozenset[int]) -> str:
    if statuses == REFUSED:
        return "other 4xx"
    if statuses == BROKEN:
        return "5xx"
    if len(statuses) > len(REFUSED):
        return "other"
    return ", ".join(map(str, sorted(statuses)))


def _reasons(reasons: tuple[str, ...]) -> str:
    if reasons == (UNREADABLE,):
        return "*not Google's own*"
    return ", ".join(f"`{each}`" for each in reasons) or "*any*"


def is_current() -> bool:
    """Whether the file on disk is what would be written."""
    return TARGET.is_file() and TARGET.read_text(encoding="utf-8") == write()


def main() -> int:
    """Write, or with --check only look; the exit code."""
    if "--check" in sys.argv[1:]:
        if is_current():
            return 0
        print(
            f"{TARGET} is not up to date: run scripts/write_drive_answers.py",
            file=sys.stderr,
        )
        return 1
    TARGET.write_text(write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
