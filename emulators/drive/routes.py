"""Every method there is, in one table."""

from emulators.drive import uploads, v2, v3
from emulators.drive.calls import Table

TABLE = Table([*v3.METHODS, *v2.METHODS, *uploads.METHODS])
