"""Google's own schemas, as JSON Schema that knows no unknown property."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

DATE_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
KEPT = {"type", "enum"}


@cache
def _document(version: str) -> Any:
    documents = files("googleapiclient.discovery_cache.documents")
    return json.loads(documents.joinpath(f"drive.{version}.json").read_text())


def _converted(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    result = {key: schema[key] for key in KEPT & schema.keys() if schema[key] != "any"}
    if schema.get("format") in {"int64", "uint64"}:
        result["pattern"] = r"^-?\d+$"
    if schema.get("format") == "date-time":
        result["pattern"] = DATE_TIME
    if "items" in schema:
        result["items"] = _converted(schema["items"])
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        result["properties"] = {name: _converted(one) for name, one in properties.items()}
        more = schema.get("additionalProperties")
        result["additionalProperties"] = _converted(more) if more else False
    return result


@cache
def _validator(version: str, name: str) -> Any:
    schemas = _document(version)["schemas"]
    whole = {
        "$ref": f"#/$defs/{name}",
        "$defs": {key: _converted(one) for key, one in schemas.items()},
    }
    validator_for(whole, default=Draft202012Validator).check_schema(whole)
    return Draft202012Validator(whole)


@cache
def _methods(version: str) -> list[tuple[str, re.Pattern[str], str | None]]:
    return list(_walk(_document(version)))


def _walk(node: dict[str, Any]) -> Any:
    for method in node.get("methods", {}).values():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(method["path"]))
        answer = method.get("response", {}).get("$ref")
        yield method["httpMethod"], re.compile(pattern), answer
    for resource in node.get("resources", {}).values():
        yield from _walk(resource)


def check(verb: str, path: str, body: Any) -> None:
    """Raise unless a 2xx body is what Google's document says the method answers."""
    found = re.match(r".*/drive/(v\d)/(.*)$", path)
    assert found, path
    version, rest = found.groups()
    for known, pattern, name in _methods(version):
        if known == verb and pattern.fullmatch(rest):
            assert name, f"{verb} {path} answers nothing by the document"
            _validator(version, name).validate(body)
            return
    raise AssertionError(f"{verb} {path} is not in the document")
