"""Everyone in the class gets one copy, in good time.

from hectograph import share

report = share(["Essay.docx"], roster="7b.csv", into="/srv/school/7B")
assert report.state == "complete"
"""

import asyncio
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from hectograph.app.drives import DriveDestination
from hectograph.domain.errors import HectographError
from hectograph.domain.manner import DEFAULT_PATTERN, Manner
from hectograph.domain.report import ShareReport

__all__ = ["DriveDestination", "HectographError", "ShareReport", "share"]


def share(
    documents: Sequence[str | PathLike[str]],
    *,
    roster: str | PathLike[str],
    into: str | PathLike[str] | DriveDestination,
    school_class: str | None = None,
    pattern: str = DEFAULT_PATTERN,
    again: bool = False,
    wait: bool = True,
) -> ShareReport:
    """Put one copy of each document into the folder of every student of a class.

    `roster` is a CSV, TSV or xlsx file, `into` the existing directory with the students'
    folders or a drive at a storage service, whose documents are then links or ids;
    `school_class` is a class of the roster, `pattern` the copies' names. The same
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

        async def carry_out() -> ShareReport:
            request = await house.asking.request(
                [str(each) for each in documents],
                roster=Path(roster),
                into=into if isinstance(into, DriveDestination) else Path(into),
                school_class=school_class,
                manner=Manner(pattern=pattern),
                again=again,
            )
            requested = await house.sharing.request(request)
            if wait:
                share_id = requested.share.id
                await follow(
                    house, lambda: house.sharing.progress(share_id), show=lambda _: None
                )
            return await house.sharing.report(requested.share.id, joined=requested.joined)

        return asyncio.run(carry_out())
