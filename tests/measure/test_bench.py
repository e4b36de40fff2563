"""`adamas bench` and what it is made of. No test here asserts a time."""

import argparse
import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from adamas import pictures
from adamas.cli import bench
from adamas.errors import ConfigurationError
from adamas.language.expression import ARRAY, in_order
from adamas.lowering import lower
from adamas.measure import (
    comparison,
    family,
    machine,
    members,
    peers,
    program,
    report,
    timing,
    traffic,
    workloads,
)
from adamas.measure.workloads import Arguments, Workload
from adamas.optimizer import OPTIMIZERS
from adamas.plan import make_plan
from places import ROOT

SMALL = Workload("small", "two small tensors", ((3, 4), (5,)), ("numpy",))
CLIPPED = Workload(
    "clipped",
    "two small tensors, clipped and averaged",
    ((3, 4), (5,)),
    ("torch", "optax"),
    Arguments(global_clipnorm=1.0, ema_momentum=0.99),
)


class FakeClock:
    """Nanoseconds that pass only when somebody works."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


class Worker:
    """A stepper whose steps take the given nanoseconds, one after another, and then the last."""

    def __init__(self, name, clock, durations, diary):
        self.name, self.clock, self.diary = name, clock, diary
        self.durations = list(durations)

    def give(self, which):
        self.clock.now += 1_000_000  # handing over is slow, and must not count
        self.diary.append((self.name, which))

    def step(self):
        first = self.durations[0]
        self.clock.now += self.durations.pop(0) if len(self.durations) > 1 else first


def team(*durations):
    clock, diary = FakeClock(), []
    workers = [
        Worker(name, clock, each, diary) for name, each in zip("ABC", durations, strict=False)
    ]
    return clock, diary, workers


# -- timing


def named_of(diary, size):
    """Who was timed, in pieces of so many calls."""
    names = "".join(name for name, _ in diary)
    return [names[start : start + size] for start in range(0, len(names), size)]


def test_by_turns_everyone_makes_one_call_before_anyone_makes_another():
    clock, diary, workers = team([10], [20], [30])
    times = timing.by_turns(workers, rounds=6, calls=4, clock=clock)
    assert list(times.seconds) == ["A", "B", "C"]
    assert {name: len(own) for name, own in times.seconds.items()} == {"A": 6, "B": 6, "C": 6}
    turns = named_of(diary, 3)
    assert len(turns) == 24
    assert {"".join(sorted(turn)) for turn in turns} == {"ABC"}


def test_by_turns_everyone_follows_everyone_else_and_nobody_himself():
    clock, diary, workers = team([10], [20], [30])
    timing.by_turns(workers, rounds=12, calls=4, clock=clock)
    names = "".join(name for name, _ in diary)
    pairs = set(zip(names, names[1:], strict=False))
    assert pairs == {(a, b) for a in "ABC" for b in "ABC" if a != b}
    turns = named_of(diary, 3)
    assert {turn[0] for turn in turns} == {turn[-1] for turn in turns} == set("ABC")


@pytest.mark.parametrize(("count", "names"), [(1, "AAAA"), (2, "ABABABAB")])
def test_two_alternate_and_one_is_alone(count, names):
    clock, diary, workers = team(*[[10]] * count)
    timing.by_turns(workers, rounds=2, calls=2, clock=clock)
    seen = "".join(name for name, _ in diary)
    assert seen in (names, names[::-1])


def test_in_hot_loops_everyone_makes_a_block_of_calls_in_an_order_drawn_anew():
    clock, diary, workers = team([10], [20], [30])
    times = timing.in_blocks(workers, rounds=12, calls=2, clock=clock)
    assert list(times.seconds) == ["A", "B", "C"]
    rounds = named_of(diary, 6)
    assert all(sorted(each[::2]) == sorted(each[1::2]) == ["A", "B", "C"] for each in rounds)
    assert {each[0] for each in rounds} == {each[-1] for each in rounds} == set("ABC")


ARRANGEMENTS = (timing.by_turns, timing.in_blocks)


@pytest.mark.parametrize("arranged", ARRANGEMENTS)
def test_every_peer_is_given_the_same_gradients_at_the_same_step(arranged):
    clock, diary, workers = team([10], [10])
    timing.warm_up(workers, clock)
    arranged(workers, rounds=3, calls=3, clock=clock)
    mine, theirs = ([w for name, w in diary if name == letter] for letter in "AB")
    assert mine == theirs
    assert mine == [step % 2 for step in range(len(mine))]


@pytest.mark.parametrize("arranged", ARRANGEMENTS)
def test_a_round_is_the_median_of_its_calls_without_handing_over(arranged):
    clock, _, workers = team([10, 900, 12, 14, 13, 11])
    times = arranged(workers, rounds=2, calls=3, clock=clock)
    assert times.seconds == {"A": [pytest.approx(12e-9), pytest.approx(13e-9)]}
    assert times.clock == [0, 0]


@pytest.mark.parametrize("arranged", ARRANGEMENTS)
def test_ratios_are_taken_within_each_round(arranged):
    # The machine is ten times slower in the second round, for both: the ratio must not notice.
    clock, _, workers = team([50, 500, 50], [100, 1000, 100])
    seconds = arranged(workers, rounds=3, calls=1, clock=clock).seconds
    assert timing.ratios(seconds["A"], seconds["B"]) == pytest.approx([0.5, 0.5, 0.5])


class SlowClock(FakeClock):
    """One that takes 70 nanoseconds to read."""

    def __call__(self):
        self.now += 70
        return self.now


@pytest.mark.parametrize("arranged", ARRANGEMENTS)
def test_the_clock_s_own_time_is_told_and_taken_off(arranged):
    clock = SlowClock()
    workers = [Worker("A", clock, [5_000], [])]
    times = arranged(workers, rounds=2, calls=3, clock=clock)
    assert times.clock == pytest.approx([70e-9, 70e-9])
    assert times.seconds == {"A": pytest.approx([5e-6, 5e-6])}


def test_the_middle_is_the_median_and_the_quartiles():
    assert timing.spread([5.0]) == timing.Spread(5.0, 5.0, 5.0)
    assert timing.spread([5.0, 1.0, 2.0, 3.0, 100.0]) == timing.Spread(3.0, 2.0, 5.0)


def test_warming_up_tells_how_long_the_slowest_takes_once_warm():
    clock, _, workers = team([10_000, 200, 300, 250], [9_000, 100, 100, 100])
    assert timing.warm_up(workers, clock) == pytest.approx(200e-9)


@pytest.mark.parametrize(
    ("seconds", "slowest", "calls"),
    [(0.1, 0.03, 3), (0.1, 5.0, 1), (0.1, 1e-7, timing.MOST_CALLS), (0.1, 0.0, timing.MOST_CALLS)],
)
def test_a_block_holds_as_many_calls_as_fit(seconds, slowest, calls):
    assert timing.calls_in(seconds, slowest) == calls


# -- workloads


def test_gpt2_small_has_148_tensors_and_124_million_weights():
    shapes = workloads.gpt2_shapes()
    assert len(shapes) == 148
    assert sum(math.prod(shape) for shape in shapes) == 124_439_808


def test_numbers_are_the_same_for_every_peer_and_the_two_gradients_differ():
    first, again = list(SMALL.gradients(0)), list(SMALL.gradients(0))
    other = list(SMALL.gradients(1))
    for a, b, c in zip(first, again, other, strict=True):
        assert (a == b).all()
        assert (a != c).all()
        assert a.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (Arguments(), 28),
        (Arguments(global_clipnorm=1.0), 32),
        (Arguments(global_clipnorm=1.0, ema_momentum=0.9), 40),
    ],
)
def test_the_least_traffic_is_counted(arguments, expected):
    assert replace(SMALL, arguments=arguments).cost.bytes == expected


@pytest.mark.parametrize("quick", [True, False])
def test_every_target_is_about_a_peer_that_is_there(quick):
    for workload in workloads.workloads(quick).values():
        assert set(workload.peers) <= set(peers.KINDS)
        assert set(workload.targets) <= set(workload.peers)


# -- peers


def available(workload):
    """Whom a workload may stand beside in this process, which does without JAX's threads."""
    kinds = {name: kind for name, kind in peers.KINDS.items() if "jax" not in kind.needs}
    return [name for name, kind in kinds.items() if kind.available]


def makes(workload, names):
    made = comparison._make(workload, names, 1)
    timing.warm_up(made)
    return made


@pytest.mark.parametrize("workload", [SMALL, CLIPPED], ids=lambda w: w.name)
def test_the_peers_do_the_same_work(workload):
    names = [name for name in available(workload) if peers.KINDS[name].trains]
    if workload is CLIPPED:
        # By hand, and in the bare kernel, there is neither clip nor average.
        names = [name for name in names if name not in ("numpy", "torch bare")]
    made = makes(workload, names)
    shares = comparison.check_agreement(workload, made)
    assert set(shares) == set(names) - {"adamas"}
    # A few steps of 1e-3 in single precision: roundings of 1e-7 of a step, and of weights of 0.1.
    assert max(shares.values(), default=0) < 1e-4


@pytest.mark.parametrize("ours", peers.FORMS)
def test_both_forms_on_jax_do_the_same_work_as_optax(ours):
    pytest.importorskip("optax")
    workload = replace(CLIPPED, ours=ours)
    made = makes(workload, [ours, "optax"])
    assert [peer.name for peer in made] == [ours, "optax"]
    shares = comparison.check_agreement(workload, made)
    assert shares["optax"] < 1e-4


def test_a_peer_that_does_other_work_is_caught():
    made = makes(SMALL, ["adamas", "numpy"])
    made[1].step()
    with pytest.raises(comparison.DisagreementError, match=r"numpy is off by 0\.2"):
        comparison.check_agreement(SMALL, made)


@pytest.mark.parametrize("idle", [0, 1])
def test_a_peer_that_does_nothing_is_caught(idle):
    made = comparison._make(SMALL, ["adamas", "numpy"], 1)
    timing.warm_up([peer for index, peer in enumerate(made) if index != idle])
    with pytest.raises(comparison.DisagreementError, match="left its parameters as they were"):
        comparison.check_agreement(SMALL, made)


def test_a_workload_that_does_not_fit_is_left_out(monkeypatch):
    monkeypatch.setattr(comparison, "free_memory", lambda: 100)
    result = comparison.compare(SMALL, ["numpy"], threads=1, rounds=1, seconds=0)
    assert result.rows == ()
    assert "GB are free" in (result.skipped or "")


# -- the family

FAMILY = members.everyone()
TITLES = [member.title for member in FAMILY]


def named(title):
    return next(member for member in FAMILY if member.title == title)


def contests(title, case, *libraries):
    member = named(title)
    return family.contests(member, case, family.shapes_for(member, "quick"), libraries)


def test_every_optimizer_of_the_package_is_there():
    built_in = {name for name, cls in OPTIMIZERS.items() if cls.__module__.startswith("adamas.")}
    assert {member.name for member in FAMILY} == built_in - {
        "MultiOptimizer",
        "LossScaleOptimizer",
    }


def check_walks(real, bare):
    """The same walks over the same arrays, and each array that is read is used."""
    assert len(real.walks) == len(bare.walks)
    for one, other in zip(real.walks, bare.walks, strict=True):
        assert (one.reads, set(one.stores)) == (other.reads, set(other.stores))
        assert set(one.feeds) == set(other.feeds)
        nodes = in_order(other.outputs, set(other.cut))
        used = {node.arguments[0] for node in nodes if node.operation == "leaf"}
        assert used | set(other.cut.values()) == set(other.reads)


@pytest.mark.parametrize("case", family.CASES)
@pytest.mark.parametrize("title", [member.title for member in members.FAMILY])
def test_traffic_reads_and_writes_all_that_the_optimizer_does(title, case):
    (workload,) = contests(title, case)
    (ours,) = comparison._make(workload, ["adamas"], 1)
    real = [lower(p, work) for p in ours._optimizer.session.plans for work in p.update]  # type: ignore[attr-defined]
    (alone,) = makes(workload, ["traffic"])
    session = alone.session  # type: ignore[attr-defined]
    bare = [lower(plan, work) for plan in session.plans for work in plan.update]
    assert len(real) == len(bare)
    for one, other in zip(real, bare, strict=True):
        check_walks(one, other)
    # No gradient is 0, so an array that was left out would show.
    start = list(workload.parameters())
    assert all((a != b).all() for a, b in zip(start, alone.parameters(), strict=True))
    for plan in session.plans:
        stored = {
            name for work in plan.update for walk in lower(plan, work).walks for name in walk.stores
        }
        for slot in stored - {"p"}:
            assert plan.slots[slot] == ARRAY
            assert all((array != 0).all() for array in session.state[slot].values())


@pytest.mark.parametrize(("title", "case"), [("SGD", "plain"), ("Adam", "clip + average")])
def test_traffic_of_another_optimizer_is_noticed(title, case):
    plans = [
        contests(name, kind)[0].optimizer() for name, kind in (("Adam", "plain"), (title, case))
    ]
    real, other = (lower(p, p.update[-1]) for p in map(make_plan, plans))
    check_walks(real, traffic.stripped(real))
    with pytest.raises(AssertionError):
        check_walks(real, traffic.stripped(other))


@pytest.mark.parametrize("case", family.CASES)
@pytest.mark.parametrize("title", [member.title for member in FAMILY if member.torch])
def test_torch_makes_the_same_step_in_all_its_ways(title, case):
    pytest.importorskip("torch")
    for workload in contests(title, case, "torch"):
        made = makes(workload, ["adamas", *workload.peers])
        shares = comparison.check_agreement(workload, made)
        assert set(shares) == set(workload.peers) - {"traffic"}
        for peer in made[1:]:
            average = peer.recipe.average if peer.name != "traffic" else None  # type: ignore[attr-defined]
            assert (average is None) == (case == "plain" or peer.name == "traffic")
            if average is not None:
                start = workload.parameters()
                moved = [(a != b.numpy()).mean() for a, b in zip(start, average, strict=True)]
                assert min(moved) > 0.9  # the average of a weight may be the weight


def test_other_numbers_are_caught_before_the_clock_runs(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(comparison, "by_turns", lambda *_: pytest.fail("it was timed"))
    workload = contests("Nadam", "plain", "torch")[0]
    wrong = replace(workload, convention="keras")  # another schedule of momentum
    with pytest.raises(comparison.DisagreementError, match="torch foreach is off by"):
        comparison.compare(wrong, wrong.peers, threads=1, rounds=1, seconds=0)


def test_a_single_tensor_left_behind_is_caught():
    made = makes(SMALL, ["adamas", "numpy"])
    start = list(SMALL.parameters())
    made[1]._params[1][...] = start[1]  # type: ignore[attr-defined]
    with pytest.raises(comparison.DisagreementError, match=r"numpy left .* \(Tensor 1.\)"):
        comparison.check_agreement(SMALL, made)


FUSED, FOREACH, LOOP = "torch fused", "torch foreach", "torch loop"


@pytest.mark.parametrize(
    ("title", "one_after_another", "targets"),
    [
        ("Adam", (("traffic", FUSED), (FOREACH,), (LOOP,), ("optax",)), {"traffic", FOREACH}),
        ("Adamax", (("traffic", FOREACH), (LOOP,), ("optax",)), {"traffic", FOREACH}),
        ("Lion", (("traffic", "optax"),), {"traffic", FOREACH}),
        ("Lamb", (("traffic", "optax"),), {"traffic"}),
        ("Ftrl", (("traffic",),), {"traffic", FOREACH}),
        ("Muon", (("traffic", LOOP), ("optax",)), set()),
    ],
)
def test_each_optimizer_stands_beside_all_who_have_it(title, one_after_another, targets):
    pytest.importorskip("torch")
    pytest.importorskip("optax")
    for case in family.CASES:
        found = contests(title, case, "torch", "optax")
        assert tuple(workload.peers for workload in found) == one_after_another
        assert all(set(workload.targets) == targets for workload in found)


def peers_in_order(found):
    return [name for workload in found for name in workload.peers if name != "traffic"]


def test_the_fastest_of_torch_is_the_one_we_are_least_ahead_of():
    def row(peer, ratio):
        return comparison.Row(peer, spread, timing.Spread(ratio, ratio, ratio), None, None, None)

    spread = timing.Spread(1.0, 1.0, 1.0)
    rows = [row("torch fused", 0.5), row("torch loop", 0.9), row("optax", 2.0)]
    assert family.best_of_torch(rows) is rows[1]
    assert family.best_of_torch(rows[2:]) is None


@pytest.mark.parametrize("title", ["Adam", "Muon"])
def test_ours_is_in_a_merged_comparison_once_and_everyone_else_in_order(title, monkeypatch):
    spread = timing.Spread(1.0, 1.0, 1.0)

    def compare(workload, peers, *, rounds, **_):
        rows = [comparison.Row(p, spread, spread, None, None, None) for p in ("adamas", *peers)]
        return comparison.Comparison(workload, rounds, 1, tuple(rows))

    monkeypatch.setattr(family, "compare", compare)
    found = contests(title, "plain", "torch", "optax")
    merged = family.measure(found, threads=1, rounds=9, seconds=0)
    assert [row.peer for row in merged.rows] == ["adamas", "traffic", *peers_in_order(found)]
    assert merged.rounds == (family.FEWER_ROUNDS if title == "Muon" else 9)


def test_the_command_of_the_family_gives_a_table_json_and_a_picture(tmp_path):
    command = [sys.executable, str(ROOT / "benchmarks" / "family.py"), "--size", "quick"]
    options = ["--rounds", "1", "--threads", "1", "--markdown"]
    options += ["--save", str(tmp_path / "family.json")]
    plot = ["--plot", str(tmp_path / "family.png")] if machine.installed("matplotlib") else []
    chosen = ["SGD, Nesterov", "Lion"]
    done = subprocess.run(
        [*command, *chosen, *options, *plot], capture_output=True, text=True, check=True
    )
    for title in chosen:
        assert done.stdout.count(f"| {title} |") == len(family.CASES)
    found = json.loads((tmp_path / "family.json").read_text())
    assert found["machine"]["size"] == "quick"
    assert [(one["optimizer"], one["title"]) for one in found["family"]] == [
        (title, f"{title}, {case}") for title in chosen for case in family.CASES
    ]
    for one in found["family"]:
        assert one["skipped"] is None
        ours, *others = one["peers"]
        assert (ours["peer"], ours["ratio"]) == ("adamas", None)
        assert others[0]["peer"] == "traffic"
        for row in others:
            check_spread(row["ratio"])
    if plot:
        assert (tmp_path / "family.png").read_bytes().startswith(b"\x89PNG")


# -- the command


def command(*arguments):
    parser = argparse.ArgumentParser()
    bench.add_parser(parser.add_subparsers())
    args = parser.parse_args(["bench", *arguments])
    return args.run(args)


def test_bench_gives_json_that_is_well_formed(capsys):
    code = command("thousand", "ten", "--quick", "--json", "--peers", "numpy", "--threads", "1")
    assert code == 0
    check_json(json.loads(capsys.readouterr().out), ["thousand", "ten"], {"numpy"})


def test_the_whole_command_runs_beside_every_peer_installed():
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--quick", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    check_json(report, list(workloads.workloads()), set(peers.KINDS))
    assert {"adamas", "numpy"} <= set(report["machine"]["versions"])


def test_two_versions_take_turns():
    """Beside itself: the sources of the other are those in the folder that is named."""
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "benchmarks" / "versions.py"), str(ROOT), "ten"),
            *("hundred", "--rounds", "2", "--block", "0.001", "--json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)["works"]
    assert list(found) == ["ten", "hundred"]
    for one in found.values():
        check_spread(one["ratio"])
        assert one["seconds"]["median"] > 0 < one["other_seconds"]["median"]


def test_a_folder_that_is_no_version_is_refused(tmp_path):
    command = [sys.executable, str(ROOT / "benchmarks" / "versions.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "must have src/adamas" in done.stderr


def check_json(report, names, allowed):
    assert report["machine"]["processor"]
    assert report["machine"]["threads"] >= 1
    assert report["machine"]["quick"] is True
    assert [workload["name"] for workload in report["workloads"]] == names
    for workload in report["workloads"]:
        assert workload["skipped"] is None
        assert workload["rounds"] == 3
        ours, *others = workload["peers"]
        assert ours["peer"] in ("adamas", "adamas.torch")
        assert ours["ratio"] is None
        assert {row["peer"] for row in others} <= allowed
        assert workload["hot_calls_per_round"] >= max(workload["calls_per_round"], timing.HOT_CALLS)
        assert workload["clock_seconds"] > 0
        assert workload["hot_clock_seconds"] > 0
        assert ours["hot"]["ratio"] is None
        for row in workload["peers"]:
            check_spread(row["seconds"])
            check_spread(row["hot"]["seconds"])
        for row in others:
            check_spread(row["ratio"])
            check_spread(row["hot"]["ratio"])
            assert row["met"] in (True, False, None)
            assert (row["met"] is None) == (row["target"] is None)


def check_spread(spread):
    assert 0 < spread["low"] <= spread["median"] <= spread["high"] < math.inf


def test_a_malformed_spread_is_noticed():
    with pytest.raises(AssertionError):
        check_spread({"low": 2.0, "median": 1.0, "high": 3.0})


def test_bench_prints_a_table_and_draws_a_picture(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "speed.png"
    assert command("ten", "--quick", "--peers", "numpy", "--plot", str(picture)) == 0
    printed = capsys.readouterr().out
    assert "one tensor of 10 weights" in printed
    assert machine.processor() in printed
    assert "the figures mean nothing" in " ".join(printed.split())
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_two_libraries_that_disagree_give_exit_code_1(monkeypatch, capsys):
    monkeypatch.setattr(peers.ByHand, "step", lambda self: None)
    assert command("ten", "--quick", "--peers", "numpy") == 1
    shown = capsys.readouterr()
    assert "numpy left its parameters as they were" in shown.err
    assert "left out" in shown.out


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["huge"], ConfigurationError, "'gpt2'.*Got: 'huge'"),
        (["--peers", "tensorflow"], ConfigurationError, "'torch'.*Got: 'tensorflow'"),
        (["--threads", "0"], ConfigurationError, "threads must be at least 1. Got: 0"),
        (["--rounds", "-1"], ConfigurationError, "rounds must be at least 1. Got: -1"),
        (["--plot", "speed.bmp"], ConfigurationError, "must end in .png"),
        (["--plot", "no/such/folder/speed.png"], ConfigurationError, "folder that is there"),
    ],
)
def test_mistakes_are_told_before_anything_runs(arguments, error, words, monkeypatch):
    monkeypatch.setattr(bench, "compare", lambda *_, **__: pytest.fail("it ran"))
    with pytest.raises(error, match=words):
        command(*arguments)


# -- the table


@pytest.mark.parametrize(
    ("ratio", "target", "met"),
    [(0.5, 0.58, True), (0.584, 0.58, True), (0.6, 0.58, False), (0.6, None, None)],
)
def test_a_target_is_met_to_two_digits(ratio, target, met):
    once = timing.Spread(ratio, ratio, ratio)
    row = comparison.Row("torch", once, once, target, None, None)
    assert row.met is met
    assert report.cells(row)[2] == f"{ratio:.2f} ({ratio:.2f}–{ratio:.2f})"


def compared(**more):
    """A workload of which each call takes a second, and half of one in hot loops."""
    once = timing.Spread(1.0, 1.0, 1.0)
    half = timing.Spread(0.5, 0.5, 0.5)
    hot = comparison.Hot(half, half) if more else None
    row = comparison.Row("numpy", once, once, None, None, None, hot)
    return comparison.Comparison(SMALL, 3, 7, (row,), **more)


def test_hot_loops_are_a_second_column(capsys):
    report.show([compared(clock=2e-7, hot_calls=9, hot_clock=1e-7)], "")
    shown = capsys.readouterr().out
    assert "by turns" in shown
    assert "hot loop" in shown
    assert "3 rounds of 7 calls each, and 9 in hot loops; the clock takes 0.2 µs" in shown
    assert "1.00 (1.00–1.00)" in shown
    assert report.cells(compared(hot_calls=9).rows[0])[-report.HOT :] == ("500 ms", "0.50")
    report.show([compared()], "")
    assert "hot loop" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.5 s"), (0.0125, "12.5 ms"), (4.2e-6, "4.2 µs")]
)
def test_times_are_shown_in_a_unit_that_suits_them(seconds, text):
    assert report.duration(seconds) == text


def test_the_plain_table_lines_up():
    text = report.plain_table("title", ("", "time"), [("a", "1 ms"), ("longer", "200 ms")])
    rule = "──────  ──────"
    assert text.splitlines() == [
        "title",
        "          time",
        rule,
        "a         1 ms",
        "longer  200 ms",
    ]


def test_a_picture_needs_matplotlib_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"adamas\[plot\]"):
        pictures.check_picture(tmp_path / "speed.png")


# -- programs


def test_a_program_shows_tables_or_json_with_the_machine(capsys):
    about, shown = machine.describe(1), []
    parser = program.new_parser("It measures.", rounds=9, quick=True)
    options = parser.parse_args(["--json"])
    assert (options.rounds, options.quick) == (9, False)
    assert program.answer(options, about, {"steps": [1.5]}, lambda: shown.append(1)) == 0
    assert json.loads(capsys.readouterr().out) == {"machine": about, "steps": [1.5]}
    assert shown == []
    program.answer(parser.parse_args([]), about, {}, lambda: shown.append(1))
    assert capsys.readouterr().out.startswith(about["processor"])
    assert shown == [1]


def test_figures_that_are_kept_are_drawn_without_measuring(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    file, plot, drawn = tmp_path / "kept.json", tmp_path / "kept.png", []

    def run(*arguments, measure):
        monkeypatch.setattr(sys, "argv", ["kept.py", *arguments, "--json"])
        act = {"measure": measure, "show": print, "draw": lambda *given: drawn.append(given)}
        assert program.kept("It measures.", file, plot, threads=1, **act) == 0
        return json.loads(capsys.readouterr().out)

    first = run(measure=lambda: {"loss": 0.5})
    assert (first["loss"], first["machine"]["threads"]) == (0.5, 1)
    assert run("--draw", measure=lambda: pytest.fail("it measured")) == first
    assert [path for _, path in drawn] == [plot, plot]
    assert drawn[0][0]["loss"] == 0.5
