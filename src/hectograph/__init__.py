"""Everyone in the class gets one copy, in good time.

from hectograph import share

report = share(["Essay.docx"], roster="7b.csv", into="/srv/school/7B")
assert report.state == "complete"
"""

import asyncio
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from hectograph.domain.errors import HectographError
from hectograph.domain.plan import DEFAULT_PATTERN
from hectograph.domain.report import ShareReport

__all__ = ["HectographError", "ShareReport", "share"]


def share(
    documents: Sequence[str | PathLike[str]],
    *,
    roster: str | PathLike[str],
    into: str | PathLike[str],
    school_class: str | None = None,
    pattern: str = DEFAULT_PATTERN,
    again: bool = False,
    wait: bool = True,
) -> ShareReport:
    """Put one copy of each document into the folder of every student of a class.

    `roster` is a CSV, TSV or xlsx file, `into` the existing directory with the students'
    folders, `school_class` a class of the roster, `pattern` the copies' names. The same
    request again joins the earlier share, unless `again` asks for new copies. With
    `wait` it returns when the share has ended, and makes the copies itself where no
    worker is about; otherwise as soon as the share is durable.

    Settings come from the environment, as for the command line. Raises HectographError:
    RequestRefused for what is wrong with the request, and then nothing was done. Not to
    be called from a running event loop.
    """
    # Django and the database driver take half a second to import.
    from hectograph.app.following import follow  # noqa: PLC0415
    from hectograph.bootstrap import opened  # noqa: PLC0415
    from hectograph.settings import Settings  # noqa: PLC0415

    with opened(Settings.load()) as house:
        request = house.request(
            [Path(each) for each in documents],
            roster=Path(roster),
            into=Path(into),
            school_class=school_class,
            pattern=pattern,
            again=again,
        )

        async def carry_out() -> ShareReport:
            requested = await house.sharing.request(request)
            if wait:
                await follow(house, requested.share.id, show=lambda _: None)
            return await house.sharing.report(requested.share.id, joined=requested.joined)

        return asyncio.run(carry_out())
