"""Eight devices: the same numbers as one, state sharded as parameters are, and nothing gathered."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from places import PROGRAMS

pytest.importorskip("jax")

# A float32 has 2⁻²³ of a weight of up to 4 in its last bit; sums over devices add up in another
# order, and what comes of them moves a weight by a last bit in each of 4 calls.
CLOSE = 4 * 2.0**-22

ELEMENTWISE = ("Adam", "states in bfloat16", "several")
SUMMING = ("everything", "clipnorm", "Lamb", "Adafactor")


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict[str, Any]:
    """What a process with eight devices found."""
    script = PROGRAMS / "jax_devices.py"
    path = tmp_path_factory.mktemp("devices") / "state"
    done = subprocess.run(
        [sys.executable, str(script), str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_numbers_are_those_of_one_device(report):
    found = dict(report["same_numbers"])
    assert found.pop("wrong") > 100 * CLOSE
    assert {name: far for name, far in found.items() if far > CLOSE} == {}
    assert {name: found[name] for name in ELEMENTWISE} == dict.fromkeys(ELEMENTWISE, 0.0)


def test_searches_are_those_of_one_device_and_only_numbers_are_told(report):
    assert len(report["searches"]) == 3
    for name, found in report["searches"].items():
        assert found["difference"] <= CLOSE, name
        assert found["wrong"] > 10 * CLOSE, name
        assert found["moved"] > 1, name
        assert found["iterations"], name
        assert set(found["told"]) == {"all-reduce f32[]"}, name


SPECS = {
    "bias": "['model']",
    "kernel": "['data', 'model']",
    "stack": "[None, 'data', None]",
}


@pytest.mark.parametrize("how", ["eager", "compiled", "later"])
def test_state_is_sharded_as_parameters_are(report, how):
    assert report["inherited"][how] == dict.fromkeys(("m", "v", "ema", "accumulator"), SPECS)


def test_rows_and_columns_are_sharded_as_their_axis_is(report):
    assert report["inherited"]["small"] == {"r": "['data']", "c": "['model']"}
    assert report["inherited"]["stack"] == {"r": "[None, 'data']", "c": "[None, None]"}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_rules_of_one_weight_need_no_word_between_devices(report, name):
    assert report["told"][name] == []


@pytest.mark.parametrize("name", SUMMING)
def test_sums_are_all_that_others_need(report, name):
    told = report["told"][name]
    assert told
    assert {message.split()[0] for message in told} == {"all-reduce"}
    # Of a tensor one number, of a matrix its rows or columns: never the matrix.
    assert not [message for message in told if "," in message]


def test_the_look_at_messages_would_notice_a_gather(report):
    assert any(message.startswith("all-gather") for message in report["told"]["Muon"])


def test_blocks_are_those_of_one_device_and_nothing_is_told(report):
    found = report["in_blocks"]
    assert found["different"] == 0
    assert found["told"] == []
    assert found["dtypes"] == ["float32", "int8", "uint8"]
    assert found["scales"] == {
        "kernel": "['data', 'model']",
        "bias": "['data', None]",
        "stack": "['model', 'data', None]",
    }


def test_state_can_be_cut_further_and_only_parameters_are_gathered(report):
    zero = report["zero"]
    assert zero["difference"] == 0.0
    assert zero["weights of a shard"] == [16 * 8 // 4] * 3
    assert zero["told"] == ["all-gather f32[16,8]", "all-gather f32[2,8,6]", "all-gather f32[8]"]


def test_meshes_that_are_part_of_types_work(report):
    found = report["explicit"]
    assert found["Adam"] == 0.0
    assert max(found["everything"], found["Adafactor"]) <= CLOSE
    assert found["Adam, compiled init"] == ["['data', 'model']"] * 2
    assert found["Adafactor, compiled init"] == ["['model']", "['data']"]


def test_a_step_runs_within_shard_map(report):
    assert report["mapped"] == 0.0


def test_a_shard_within_shard_map_is_a_model_of_its_own(report):
    """Its blocks and coins are those of the shard."""
    assert len(report["shards_alone"]) == 4
    assert set(report["shards_alone"].values()) == {0}


def test_files_come_from_shards_and_go_into_shards(report):
    assert report["loaded"] == {"difference": 0.0, "specs": SPECS}
