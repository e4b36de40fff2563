"""A run that was interrupted, whenever and however, ends as if it had not been."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import adamas
import training_problem as problem
from adamas import checkpoint as files
from adamas.errors import AdamasError, ArgumentError, CheckpointError
from adamas.training import EarlyStopping, fit, load_parameters
from adamas.training.batches import Arrays
from adamas.training.checkpoints import FILE
from places import PROGRAMS
from training_problem import bits, make_data, make_params, rich_run, value_and_grad


class Crash(Exception):  # noqa: N818 (an accident, not an error)
    pass


class CrashAt:
    """A callback that ends a run as an accident would, after a step or an epoch."""

    def __init__(self, step: int | None = None, epoch: int | None = None) -> None:
        self.step, self.epoch = step, epoch

    def on_step(self, run) -> None:
        if run.step == self.step:
            raise Crash

    def on_epoch(self, run) -> None:
        if run.epoch == self.epoch:
            raise Crash


def crashed_and_resumed(folder, crash: CrashAt, **options):
    kept = problem.SlowerEachThirdStep()
    with pytest.raises(Crash):
        rich_run(folder, callbacks=[kept, crash], **options)
    return rich_run(folder, resume=True, **options)


# Six epochs of seven steps: within an epoch, beside its ends, and at them.
STEPS = [1, 2, 3, 6, 7, 8, 13, 20, 21, 22, 29, 35, 41, 42]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return bits(*rich_run(tmp_path_factory.mktemp("whole"), checkpoint_every=1))


@pytest.mark.parametrize("every", [1, 5, None])
def test_a_run_that_crashed_at_any_step_ends_with_the_same_bits(tmp_path, uninterrupted, every):
    for step in STEPS:
        folder = tmp_path / str(step)
        ended = crashed_and_resumed(folder, CrashAt(step=step), checkpoint_every=every)
        assert bits(*ended) == uninterrupted, step


@pytest.mark.parametrize("epoch", [1, 3, 6])
def test_a_run_that_crashed_in_a_callback_of_an_epoch_ends_with_the_same_bits(
    tmp_path, uninterrupted, epoch
):
    ended = crashed_and_resumed(tmp_path, CrashAt(epoch=epoch), checkpoint_every=2)
    assert bits(*ended) == uninterrupted


FORGOTTEN = {
    "the place in the epoch": (Arrays, "batches", lambda self, e, start=0: BATCHES(self, e, 0)),
    "the epoch of the order": (
        Arrays,
        "batches",
        lambda self, e, start=0: BATCHES(self, 1 if start else e, start),
    ),
    "the state of a callback": (
        problem.SlowerEachThirdStep,
        "set_state",
        lambda self, state: None,
    ),
}
BATCHES = Arrays.batches


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_resume_that_forgets_something_is_noticed(tmp_path, uninterrupted, monkeypatch, what):
    monkeypatch.setattr(*FORGOTTEN[what])
    ended = crashed_and_resumed(tmp_path, CrashAt(step=18), checkpoint_every=1)
    assert bits(*ended) != uninterrupted


FORGOTTEN_NAMES = ["optimizer/m/w", "optimizer/ema/w", "optimizer/accumulator/w", "parameters/w"]


@pytest.mark.parametrize("name", [*FORGOTTEN_NAMES, "run/sums", "counters", "numbers"])
def test_a_checkpoint_without_a_part_is_noticed(tmp_path, uninterrupted, name):
    with pytest.raises(Crash):
        rich_run(
            tmp_path,
            callbacks=[problem.SlowerEachThirdStep(), CrashAt(step=17)],
            checkpoint_every=1,
        )
    saved = files.read(tmp_path / FILE)
    if name in saved.tensors:
        saved.tensors[name][...] = 0
    else:
        saved.metadata[name] = {
            key: 2 * value if isinstance(value, float) else 0
            for key, value in saved.metadata[name].items()
            if name == "counters" or key == "learning_rate"
        }
    files.write(tmp_path / FILE, *saved)
    assert bits(*rich_run(tmp_path, resume=True)) != uninterrupted


# kill -9 -----------------------------------------------------------------------------------------


def start(folder: Path, result: Path, pause: float = 0.0) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, problem.__file__, *map(str, (folder, result, pause))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_later(process: subprocess.Popen, steps: int, share: float) -> int:
    """Kill a run after some steps and a share of another; the step that it had begun at.

    Counting steps and not seconds, so that a busy machine is killed at places as various.
    """
    assert process.stdout is not None
    begin = int(process.stdout.readline().split()[1])
    took = 0.0
    for _ in range(steps):
        before = time.perf_counter()
        if not process.stdout.readline():
            break
        took = time.perf_counter() - before
    time.sleep(share * took)
    process.kill()  # SIGKILL
    errors = process.communicate(timeout=60)[1]
    assert errors == ""
    return begin


def test_a_run_that_was_killed_again_and_again_ends_with_the_same_bits(tmp_path):
    chance = random.Random(0)
    whole = start(tmp_path / "whole", tmp_path / "expected")
    assert whole.communicate(timeout=300)[1] == ""
    result = tmp_path / "result"
    begun = [
        kill_later(start(tmp_path / "killed", result), chance.randint(2, 8), chance.random())
        for _ in range(8)
    ]
    assert not result.exists()
    assert len(set(begun)) >= 6, f"the kills hit too little: {begun}"
    last = start(tmp_path / "killed", result)
    assert last.communicate(timeout=300)[1] == ""
    assert result.read_bytes() == (tmp_path / "expected").read_bytes()


# Ctrl-C ------------------------------------------------------------------------------------------


class PressAt:
    """A gradient, a metric or a callback during which Ctrl-C is pressed."""

    def __init__(self, function, at: int, times: int = 1) -> None:
        self.function, self.at, self.times, self.calls = function, at, times, 0

    def __call__(self, *arguments):
        self.calls += 1
        if self.calls == self.at:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)
        return self.function(*arguments)


def test_ctrl_c_ends_after_the_step_and_says_how_to_go_on(tmp_path, capsys):
    params = make_params()
    optimizer = adamas.Adam(0.05, use_ema=True)
    common = {"epochs": 3, "batch_size": 10, "checkpoint": tmp_path / "run"}
    with pytest.raises(KeyboardInterrupt, match=r"after step 7 .*resume=True") as caught:
        fit(PressAt(value_and_grad, 7), params, make_data(), optimizer=optimizer, **common)
    assert "Once more stops at once" in capsys.readouterr().err
    history = caught.value.history  # type: ignore[attr-defined]
    assert history.interrupted
    assert history.steps.rows == optimizer.calls == 7
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    # Not finalized: the run will go on from the weights, not from their averages.
    assert not np.array_equal(params["w"], optimizer.state["ema"]["w"])
    kept = files.read(tmp_path / "run" / FILE).tensors["parameters/w"]
    assert np.array_equal(kept, params["w"])


@pytest.mark.parametrize("step", [1, 7, 20, 42])
def test_a_run_resumed_after_ctrl_c_ends_with_the_same_bits(
    tmp_path, uninterrupted, monkeypatch, step
):
    monkeypatch.setattr(problem, "value_and_grad", PressAt(value_and_grad, step))
    with pytest.raises(KeyboardInterrupt, match="saved in"):
        # The pressed gradient is also used for validation: leave that to `loss`.
        rich_run(tmp_path, loss=problem.loss)
    monkeypatch.undo()
    params, history = rich_run(tmp_path, resume=True, loss=problem.loss)
    assert not history.interrupted
    assert bits(params, history) == uninterrupted


@pytest.mark.parametrize("call", [1, 4, 6 * 3])
def test_ctrl_c_during_validation_saves_the_weights_and_not_their_averages(
    tmp_path, uninterrupted, call
):
    metrics = {"error": PressAt(problem.mean_error, call)}
    with pytest.raises(KeyboardInterrupt, match="saved in"):
        rich_run(tmp_path, metrics=metrics)
    assert bits(*rich_run(tmp_path, resume=True)) == uninterrupted


def test_a_second_ctrl_c_stops_at_once(tmp_path):
    optimizer = adamas.Adam()
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(
            PressAt(value_and_grad, 7, times=2),
            make_params(),
            make_data(),
            optimizer=optimizer,
            epochs=3,
            batch_size=10,
            progress=False,
        )
    assert not hasattr(caught.value, "history")
    assert optimizer.calls == 6
    assert optimizer.nonfinite == "propagate"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("hook", ["on_epoch", "on_end"])
def test_ctrl_c_at_the_very_end_finishes_the_run_and_still_ends_the_program(tmp_path, hook):
    def press(self, run):
        if run.epoch == run.epochs:
            signal.raise_signal(signal.SIGINT)

    optimizer = adamas.Adam(0.05, use_ema=True)
    params = make_params()
    with pytest.raises(KeyboardInterrupt, match="had ended already") as caught:
        simple_run(
            tmp_path,
            params=params,
            optimizer=optimizer,
            callbacks=type("Press", (), {hook: press})(),
        )
    assert not caught.value.history.interrupted  # type: ignore[attr-defined]
    assert np.array_equal(params["w"], optimizer.state["ema"]["w"])


def test_without_a_folder_ctrl_c_says_that_nothing_was_saved():
    with pytest.raises(KeyboardInterrupt, match="nothing was saved"):
        fit(
            PressAt(value_and_grad, 2),
            make_params(),
            make_data(),
            optimizer="adam",
            batch_size=10,
            progress=False,
        )


def test_a_handler_of_the_program_s_own_stays():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        fit(
            PressAt(value_and_grad, 2), make_params(), make_data(), optimizer="adam", progress=False
        )
        fit(
            PressAt(value_and_grad, 1), make_params(), make_data(), optimizer="adam", progress=False
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [1]


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_a_script_ends_as_by_ctrl_c_and_its_last_line_says_how_to_go_on(tmp_path):
    process = start(tmp_path / "run", tmp_path / "result", 0.05)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt: Training was interrupted after step" in errors.splitlines()[-1]
    assert "resume=True goes on" in errors.splitlines()[-1]
    assert not (tmp_path / "result").exists()


# What is resumed ---------------------------------------------------------------------------------


def simple_run(folder, *, data=None, optimizer=None, params=None, **options):
    params = make_params() if params is None else params
    arguments = {
        "optimizer": optimizer or adamas.Adam(0.05),
        "epochs": 3,
        "batch_size": 10,
        "progress": False,
        "checkpoint": folder,
        **options,
    }
    history = fit(value_and_grad, params, make_data() if data is None else data, **arguments)
    return params, history


def changed_data():
    x, y = make_data()
    x[17, 2] += 1
    return x, y


OTHER_RUNS = {
    "other numbers in the data": ({"data": changed_data()}, "data sha256"),
    "fewer examples": ({"data": make_data(40)}, "data arrays"),
    "another dtype": ({"data": tuple(a.astype(float) for a in make_data())}, "data arrays"),
    "another batch size": ({"batch_size": 5}, "batch_size: 10; now 5"),
    "another seed": ({"seed": 1}, "seed: 0; now 1"),
    "no shuffling": ({"shuffle": False}, "shuffle: True; now False"),
    "dropping the rest": (
        {"drop_remainder": True, "batch_size": 15},
        "steps per epoch: 4; now 3",
    ),
    "another rate": ({"optimizer": adamas.Adam(0.01)}, "learning_rate: 0.05; now 0.01"),
    "a schedule": (
        {"optimizer": adamas.Adam(adamas.schedules.CosineDecay(0.05, 100))},
        "optimizer learning_rate",
    ),
    "clipping": ({"optimizer": adamas.Adam(0.05, clipnorm=1.0)}, "clipnorm: None; now 1.0"),
    "batches that come ready": (
        {"data": [make_data()], "batch_size": None},
        "now a stream of batches",
    ),
    "early stopping": ({"early_stopping": 3}, "early_stopping"),
    "fewer epochs than made": ({"epochs": 2}, "at least the 3"),
    "other names": (
        {"params": {"w": np.zeros(4, np.float32), "c": np.zeros((), np.float32)}},
        "Missing",
    ),
    "other shapes": (
        {"params": {"w": np.zeros(5, np.float32), "b": np.zeros((), np.float32)}},
        "Different",
    ),
    "another callback": ({"callbacks": [problem.SlowerEachThirdStep()]}, "Callbacks"),
}


@pytest.mark.parametrize("what", OTHER_RUNS)
def test_another_run_is_refused_and_nothing_is_changed(tmp_path, what):
    options, message = OTHER_RUNS[what]
    simple_run(tmp_path, batch_size=15 if "drop_remainder" in options else 10)
    kept = (tmp_path / FILE).read_bytes()
    params = options.get("params") or make_params()
    with pytest.raises(CheckpointError, match=message):
        simple_run(tmp_path, resume=True, **{**options, "params": params})
    assert not params["w"].any()
    assert (tmp_path / FILE).read_bytes() == kept


def test_fewer_epochs_than_begun_are_refused(tmp_path):
    with pytest.raises(Crash):
        simple_run(tmp_path, checkpoint_every=1, callbacks=CrashAt(step=8))
    with pytest.raises(CheckpointError, match="at least the 2"):
        simple_run(tmp_path, resume=True, epochs=1)


def test_a_numpy_that_shuffles_otherwise_is_refused(tmp_path, monkeypatch):
    simple_run(tmp_path)
    monkeypatch.setattr(Arrays, "order_mark", lambda self, epoch: 7)
    with pytest.raises(CheckpointError, match="shuffles otherwise"):
        simple_run(tmp_path, resume=True)


def test_a_checkpoint_is_not_replaced_by_a_new_run(tmp_path):
    simple_run(tmp_path)
    kept = (tmp_path / FILE).read_bytes()
    with pytest.raises(CheckpointError, match="resume=True"):
        simple_run(tmp_path)
    assert (tmp_path / FILE).read_bytes() == kept


def test_a_damaged_checkpoint_is_refused(tmp_path):
    simple_run(tmp_path)
    content = bytearray((tmp_path / FILE).read_bytes())
    content[-100] ^= 1
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(CheckpointError):
        simple_run(tmp_path, resume=True)


def test_a_file_that_an_optimizer_saved_is_refused(tmp_path):
    files.write(tmp_path / FILE, {}, {})
    with pytest.raises(CheckpointError, match="checkpoint of fit"):
        simple_run(tmp_path, resume=True)


@pytest.mark.parametrize(
    "options",
    [{"checkpoint": None, "resume": True}, {"checkpoint": None, "checkpoint_every": 3}],
    ids=["resume", "checkpoint_every"],
)
def test_what_needs_a_folder_says_so(options):
    with pytest.raises(ArgumentError, match="folder"):
        simple_run(None, **options)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ArgumentError, match="folder"):
        simple_run(tmp_path / "taken")


def test_a_state_of_a_callback_that_json_cannot_hold_is_refused_before_the_first_step(tmp_path):
    class Bad:
        def on_epoch(self, run):
            pass

        def get_state(self):
            return {"array": np.zeros(3)}

    params = make_params()
    with pytest.raises(AdamasError, match="JSON"):
        simple_run(tmp_path, params=params, callbacks=Bad())
    assert not params["w"].any()


def test_the_checkpoint_is_one_file_and_is_written_from_the_start(tmp_path):
    found = []
    simple_run(
        tmp_path / "a" / "b",
        callbacks=type(
            "", (), {"on_start": lambda s, r: found.append(os.listdir(tmp_path / "a/b"))}
        )(),
    )
    assert found == [[FILE]]
    assert os.listdir(tmp_path / "a" / "b") == [FILE]


def test_a_finished_run_is_given_back_without_a_step(tmp_path):
    expected = bits(*rich_run(tmp_path))
    calls = []
    params, history = rich_run(
        tmp_path, resume=True, callbacks=[problem.SlowerEachThirdStep(), calls.append]
    )
    assert bits(params, history) == expected
    assert calls == []


@pytest.mark.parametrize("options", [{}, {"use_ema": True, "ema_momentum": 0.5}])
def test_a_finished_run_goes_on_for_more_epochs_as_if_it_had_always_been_longer(tmp_path, options):
    whole = simple_run(tmp_path / "1", epochs=5, optimizer=adamas.Adam(0.05, **options))
    simple_run(tmp_path / "2", epochs=2, optimizer=adamas.Adam(0.05, **options))
    longer = simple_run(
        tmp_path / "2", epochs=5, optimizer=adamas.Adam(0.05, **options), resume=True
    )
    assert bits(*longer) == bits(*whole)


@pytest.mark.parametrize("carries", [False, True])
@pytest.mark.parametrize("crash", [{"step": 7}, {"epoch": 1}, {"step": 8}])
def test_a_run_goes_on_where_a_group_of_batches_was_not_full(tmp_path, carries, crash):
    def run(folder, **options):
        optimizer = adamas.Adam(0.05, gradient_accumulation_steps=4, global_clipnorm=1.0)
        more = {"optimizer": optimizer, "checkpoint_every": 1, "accumulate_across_epochs": carries}
        return simple_run(folder, **more, **options)

    whole = run(tmp_path / "1")
    with pytest.raises(Crash):
        run(tmp_path / "2", callbacks=CrashAt(**crash))
    assert bits(*run(tmp_path / "2", resume=True)) == bits(*whole)
    with pytest.raises(CheckpointError, match="accumulate_across_epochs"):
        simple_run(
            tmp_path / "2",
            optimizer=adamas.Adam(0.05, gradient_accumulation_steps=4, global_clipnorm=1.0),
            accumulate_across_epochs=not carries,
            resume=True,
        )


def test_more_patience_lets_a_stopped_run_go_on(tmp_path):
    def run(folder, patience, **options):
        return simple_run(
            folder,
            epochs=12,
            early_stopping=EarlyStopping(patience, min_delta=10.0, restore_best=False),
            **options,
        )

    short = run(tmp_path, 2)
    assert len(short[1]) == 3
    assert bits(*run(tmp_path, 5, resume=True)) == bits(*run(tmp_path / "x", 5))


def test_a_run_that_a_callback_stopped_stays_stopped(tmp_path):
    def stop(run):
        if run.epoch == 2:
            run.stop("enough")

    first = simple_run(tmp_path, callbacks=stop)
    again = simple_run(tmp_path, callbacks=stop, resume=True, epochs=9)
    assert bits(*again) == bits(*first)
    assert again[1].stopped == "enough"


def test_a_stop_within_an_epoch_is_not_forgotten_by_its_checkpoint(tmp_path):
    class Stop:
        def __init__(self, crash):
            self.crash = crash

        def on_step(self, run):
            if run.step == 7:
                run.stop("enough")

        def on_epoch(self, run):
            if self.crash and run.step == 7:
                raise Crash

    whole = simple_run(tmp_path / "1", callbacks=Stop(crash=False))
    with pytest.raises(Crash):
        simple_run(tmp_path / "2", callbacks=Stop(crash=True), checkpoint_every=1)
    resumed = simple_run(tmp_path / "2", callbacks=Stop(crash=False), resume=True)
    assert bits(*resumed) == bits(*whole)
    assert resumed[1].steps.rows == 7


def test_a_rate_kept_in_an_array_comes_back(tmp_path):
    class Halve:
        def on_epoch(self, run):
            RATE[...] = RATE / 2

    results = []
    for crash in (None, 2):
        RATE = np.array(0.05)  # noqa: N806
        callbacks = [Halve(), CrashAt(epoch=crash)]
        arguments = {"optimizer": adamas.Adam(RATE), "checkpoint_every": 1}
        folder = tmp_path / str(crash)
        if crash:
            with pytest.raises(Crash):
                simple_run(folder, callbacks=callbacks, **arguments)
            RATE = np.array(0.05)  # noqa: N806
            arguments = {"optimizer": adamas.Adam(RATE), "resume": True}
            callbacks = [Halve()]
        results.append(bits(*simple_run(folder, callbacks=callbacks, **arguments)))
    assert results[0] == results[1]


def test_infinite_numbers_are_kept(tmp_path):
    optimizer = adamas.Adam(0.05, clipvalue=float("inf"))
    params, _ = simple_run(tmp_path, optimizer=optimizer)
    again = adamas.Adam(0.05, clipvalue=float("inf"))
    assert np.array_equal(simple_run(tmp_path, optimizer=again, resume=True)[0]["w"], params["w"])


def test_without_a_checkpoint_in_the_folder_resume_starts_at_the_beginning(tmp_path):
    assert bits(*simple_run(tmp_path, resume=True)) == bits(*simple_run(tmp_path / "x"))


# Streams -----------------------------------------------------------------------------------------


def stream(epoch: int):
    x, y = make_data()
    order = np.random.default_rng((3, epoch)).permutation(len(y))
    for rows in np.array_split(order, 6):
        yield x[rows], y[rows]


@pytest.mark.parametrize("step", [1, 6, 7, 11])
def test_a_stream_is_resumed_by_dropping_the_batches_that_were_used(tmp_path, step):
    whole = simple_run(tmp_path / "1", data=stream, batch_size=None)
    with pytest.raises(Crash):
        simple_run(
            tmp_path / "2",
            data=stream,
            batch_size=None,
            checkpoint_every=1,
            callbacks=CrashAt(step=step),
        )
    resumed = simple_run(tmp_path / "2", data=stream, batch_size=None, resume=True)
    assert bits(*resumed) == bits(*whole)


def test_a_stream_that_became_shorter_is_refused(tmp_path):
    batches = list(stream(1))
    with pytest.raises(Crash):
        simple_run(
            tmp_path,
            data=batches,
            batch_size=None,
            checkpoint_every=1,
            callbacks=CrashAt(step=5),
        )
    with pytest.raises(CheckpointError, match="2 batches in epoch 1, of which 4 were used"):
        simple_run(tmp_path, data=batches[:2], batch_size=None, resume=True)


# Parameters alone --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": adamas.Adam(0.05, use_ema=True)},
        {"early_stopping": 1, "optimizer": adamas.Adam(0.5)},
    ],
    ids=["plain", "averages", "best"],
)
def test_load_parameters_gives_what_the_finished_run_left(tmp_path, options):
    params, _ = simple_run(tmp_path, **options)
    found = make_params()
    load_parameters(tmp_path, found)
    assert all(np.array_equal(found[name], params[name]) for name in params)


def test_load_parameters_of_an_unfinished_run_gives_the_latest(tmp_path):
    params = make_params()
    with pytest.raises(Crash):
        simple_run(
            tmp_path,
            params=params,
            optimizer=adamas.Adam(0.05, use_ema=True),
            callbacks=[CrashAt(epoch=2)],
            checkpoint_every=5,
        )
    found = make_params()
    load_parameters(tmp_path, found)
    assert np.array_equal(found["w"], params["w"])


def test_load_parameters_is_strict(tmp_path):
    with pytest.raises(CheckpointError, match="no file"):
        load_parameters(tmp_path, make_params())
    simple_run(tmp_path)
    other = {"w": np.zeros(4, np.float32)}
    with pytest.raises(CheckpointError, match="Unexpected"):
        load_parameters(tmp_path, other)
    assert not other["w"].any()


def test_resuming_loads_no_code_from_the_checkpoint(tmp_path):
    """Nothing but JSON and numbers: the modules that could unpickle are not even asked for."""
    simple_run(tmp_path)
    script = f"""
        import sys
        sys.path[:0] = {[str(PROGRAMS), str(Path(__file__).parent)]!r}
        import pickle
        pickle.loads = pickle.load = pickle.Unpickler = None
        import test_training_resume as t
        t.simple_run({str(tmp_path)!r}, resume=True)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=120)
