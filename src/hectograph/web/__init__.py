"""The pages: each reads a form, calls a use case, shows."""

from pathlib import Path
from typing import Final

LOCALE: Final = Path(__file__).parent / "locale"
"""The catalogues of the languages; those of mails are in them as well."""
