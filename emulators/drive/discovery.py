"""Google's discovery documents, as the Python client's wheel carries them."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

ADDRESS = re.compile(r"/discovery/v1/apis/(?P<api>\w+)/(?P<version>[\w.]+)/rest/?$")


def find_document(path: str) -> bytes | None:
    """The document that a path asks for, or None."""
    found = ADDRESS.match(path)
    if found is None:
        return None
    return read(found["api"], found["version"])


@cache
def read(api: str, version: str) -> bytes | None:
    """A document as bytes; None if the wheel is not there, or does not have it."""
    try:
        documents = files("googleapiclient.discovery_cache.documents")
        return documents.joinpath(f"{api}.{version}.json").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return None


@cache
def schemas(version: str) -> Any:
    """The schemas of Drive's document."""
    return json.loads(read("drive", version) or b"{}").get("schemas", {})
