"""Whether a worker is about, without trusting what a dead one wrote down."""

from typing import Protocol


class Presence(Protocol):
    """Signs of workers that vanish with their processes. Use it from one thread."""

    def attend(self) -> None:
        """This process is a worker, until it ends. To be repeated now and then.

        The sign goes with the connection, and a new one has it only when told again.
        """
        ...

    def try_stand_in(self) -> bool:
        """Become the one process that works while no worker is about; False if taken."""
        ...

    def is_worker_about(self) -> bool:
        """Whether another process is a worker, or stands in for one."""
        ...
