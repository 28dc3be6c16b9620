import re

from hectograph.domain import errors
from hectograph.domain.errors import HectographError


def every_error(root=HectographError):
    yield root
    for each in root.__subclasses__():
        yield from every_error(each)


def drawn():
    """The tree in the docstring: the depth and name of each error."""
    lines = re.findall(r"^([│ ├└─]*)(\w+)$", errors.__doc__, re.MULTILINE)
    return [(len(depth) // 4, name) for depth, name in lines]


def test_the_tree_that_is_drawn_is_the_tree_that_is():
    def walk(kind, depth):
        yield depth, kind.__name__
        for each in kind.__subclasses__():
            if each.__module__ == errors.__name__:  # not what one adapter adds for itself
                yield from walk(each, depth + 1)

    assert sorted(drawn()) == sorted(walk(HectographError, 0))


def test_every_error_has_a_code_of_its_own_and_a_remedy():
    codes = [each.code for each in every_error()]

    assert len(codes) == len(set(codes))
    assert all(each.default_remedy for each in every_error())


def test_an_error_says_cause_effect_and_remedy():
    error = HectographError("It broke.", effect="Nothing works.", remedy="Mend it.")

    assert str(error) == "It broke. Nothing works. Mend it."
    assert error.reason().message == "It broke. Nothing works."
