"""Sets a drive up, told by JSON on stdin. Reads the settings from the environment."""

import asyncio
import json
import sys

from hectograph.bootstrap import opened
from hectograph.domain.budget import QUERIES, UNITS, Plan
from hectograph.domain.drive import ActingChoice, DeliveryMode, Drive
from hectograph.settings import Settings


def main() -> None:
    """Add it."""
    told = json.load(sys.stdin)
    choice = ActingChoice.parse(told["acting"])
    per_minute = told["per_minute"]
    drive = Drive(
        name=told["name"],
        credentials=told["credentials"],
        acting=choice.acting,
        accounts=choice.accounts,
        delivery=DeliveryMode(told["delivery"]),
        api_root=told["url"],
        quota=Plan(per_minute=per_minute, by_units=QUERIES.by_units) if per_minute else UNITS,
    )
    with opened(Settings.load()) as house:
        asyncio.run(house.drives.add(drive))


if __name__ == "__main__":
    main()
