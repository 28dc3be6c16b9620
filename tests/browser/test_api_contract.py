"""The API keeps to its own description, whatever it is sent: every operation, real HTTP.

Each is sent what the description allows, the same about things that are there, and what
the description forbids.
"""

from collections import Counter
from itertools import cycle

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as told

from hectograph.domain.people import Role, Tie

from .test_allowed import PLACES, World
from .test_api import ALL_SCOPES, given_token

ALWAYS = [
    checks.not_a_server_error,
    told.status_code_conformance,
    told.content_type_conformance,
    told.response_headers_conformance,
    told.response_schema_conformance,
]
SUITE, LONG = 6, 150
"""So many examples of each kind for each operation."""

TOKENS = 100
"""As many, that nobody of them asks too often."""


@pytest.fixture
def contract(site):
    """What checks all operations; returns how often each status was answered."""
    world = World(site, Tie.OWN)
    world.make(Role.OPERATOR)
    world.mend()
    place = site.place / "contract"
    place.mkdir(exist_ok=True)
    site.run("UPDATE school_class SET directory = %s", [str(place)])
    site.run(
        "INSERT INTO enrollment (school_class_id, position, student, folder)"
        " VALUES (%s, 0, 'Ada', 'Ada')",
        [PLACES["str:number"]],
    )
    tokens = cycle(
        given_token(site, "p8888@school.test", scopes=ALL_SCOPES).token
        for _ in range(TOKENS)
    )
    schema = schemathesis.openapi.from_url(f"{site.url}/api/v1/openapi.json")
    there = {name.partition(":")[2]: text for name, text in PLACES.items()}

    def check(examples):
        seen = Counter[int]()
        for each in schema.get_all_operations():
            assert isinstance(each, Ok), each
            operation = each.ok()
            for strategy in strategies(operation, there):
                _send(strategy, tokens=tokens, seen=seen, examples=examples)
        return seen

    return check


def strategies(operation, there):
    """Cases of an operation."""
    yield operation.as_strategy(GenerationMode.POSITIVE)
    names = [each.name for each in operation.path_parameters]
    if names:
        # No case is about two things at once: what is not there hides the rest.
        known = {
            name: int(there[name]) if _is_number(there[name]) else there[name]
            for name in names
        }
        yield operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known)
        yield operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=known)
    else:
        yield operation.as_strategy(GenerationMode.NEGATIVE)


def _is_number(text):
    return text.isdecimal()


def _has_wrong_body(case):
    """Whether it was sent as JSON what the description forbids: more in a query is no harm."""
    body = case.meta.components.get(ParameterLocation.BODY)
    is_json = case.media_type == "application/json"
    return is_json and body is not None and body.mode is GenerationMode.NEGATIVE


def _send(strategy, *, tokens, seen, examples):
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case):
        headers = {"Authorization": f"Bearer {next(tokens)}"}
        case.headers = {**(case.headers or {}), **headers}
        response = case.call(headers=headers)
        seen[response.status_code] += 1
        case.validate_response(response, checks=ALWAYS, headers=headers)
        if _has_wrong_body(case):
            assert 400 <= response.status_code < 500, case.as_curl_command()

    send()


def test_the_api_keeps_to_its_description(contract, site):
    seen = contract(SUITE)
    site.run("DELETE FROM halt")

    assert {200, 201, 202, 400, 404, 422} <= seen.keys(), seen
    assert 429 not in seen
    assert sum(seen.values()) > 500


@pytest.mark.soak
def test_the_api_keeps_to_its_description_for_long(contract, site):
    seen = contract(LONG)
    site.run("DELETE FROM halt")

    assert 429 not in seen, seen
