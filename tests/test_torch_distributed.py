"""Several processes go the same way as one: the scenarios of `distributed_scenarios`."""

import functools
from pathlib import Path

import pytest

import distributed_scenarios as scenarios
import gloo

CASES = [(count, name) for count, names in scenarios.PLAYED.items() for name in names]


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """What went wrong in the scenarios of so many processes, which are played once."""
    kept = tmp_path_factory.mktemp("kept")

    @functools.cache
    def played(count: int) -> dict[str, str]:
        folder: Path = tmp_path_factory.mktemp(f"of{count}")
        names = scenarios.PLAYED[count]
        return gloo.play("distributed_scenarios", names, count, folder, kept)

    return played


@pytest.mark.parametrize(("count", "name"), CASES)
def test_several_processes_go_the_same_way_as_one(errors, count, name):
    if errors(count)[name]:
        pytest.fail(errors(count)[name], pytrace=False)
