"""Whether a list still holds the very objects that it held."""

import pytest

from adamas.compilers.llvm import identity
from adamas.compilers.llvm.identity import SameObjects


class Always:
    """Says of everything that it is equal."""

    __hash__ = None

    def __eq__(self, other):
        return True


@pytest.fixture(params=["compiled", "python"], autouse=True)
def how(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setattr(identity, "_function", lambda: None)
    else:
        assert identity._function() is not None


OBJECTS = [Always(), Always(), Always()]


def test_the_same_objects_are_found_in_any_list_and_tuple():
    same = SameObjects(OBJECTS)
    assert same(OBJECTS)
    assert same(list(OBJECTS))
    assert same(tuple(OBJECTS))
    assert SameObjects([])([])


@pytest.mark.parametrize(
    "changed",
    [
        [],
        OBJECTS[:2],
        [*OBJECTS, OBJECTS[0]],
        [*OBJECTS[:2], Always()],
        [Always(), *OBJECTS[1:]],
        OBJECTS[::-1],
        tuple(OBJECTS[::-1]),
    ],
    ids=["none", "fewer", "more", "another at the end", "at the beginning", "turned", "in a tuple"],
)
def test_all_else_is_something_else(changed):
    assert not SameObjects(OBJECTS)(changed)


def test_no_other_object_gets_the_address_of_one_that_was_let_go():
    held = [Always()]
    same = SameObjects(held)
    held.clear()
    assert not any(same([Always()]) for _ in range(100))
