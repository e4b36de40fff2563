"""The command line as a whole: help, mistakes, pipes, options made from fields, `explain`, docs."""

import importlib.metadata
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

import adamas
from adamas.cli import main, make_parser
from adamas.cli.notation import read_schedule, read_value
from adamas.cli.optimizers import chosen_optimizer, find_class
from adamas.cli.shapes import read_shapes
from adamas.explanation import explain
from places import ROOT

COMMANDS = ([], ["demo"], ["explain"], ["plot"], ["plot", "schedule"], ["plot", "descent"])
HEAVY = ("llvmlite", "sklearn", "scipy", "matplotlib", "rich", "tqdm", "torch", "safetensors")
COLOUR = re.compile("\x1b\\[[0-9;]*(3[0-7]|9[0-7])m")


def adamas_process(*words, **options):
    options = {"capture_output": True, "text": True, **options}
    return subprocess.run([sys.executable, "-m", "adamas", *words], **options)


def output_of(capsys, *words):
    assert main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def optimizer_of(*words):
    return chosen_optimizer(make_parser().parse_args(["explain", *words]))


# The command as such --------------------------------------------------------------------------


def test_python_m_adamas_is_the_command():
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="adamas")
    assert entry.load() is main
    done = adamas_process("--version")
    assert (done.returncode, done.stdout) == (0, f"adamas {adamas.__version__}\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_help_has_examples(command, capsys):
    text = output_of(capsys, *command, "--help")
    assert "examples:\n  adamas " in text
    assert max(map(len, text.split("examples:")[0].splitlines())) <= 100


def test_no_help_loads_anything_heavy():
    lines = [f"main({[*command, '--help']})" for command in (*COMMANDS, ["bench"])]
    loaded = f"[name for name in {HEAVY} if name in sys.modules]"
    code = "\n".join(
        ["import sys", "from adamas.cli import main", *lines, f"print({loaded}, file=sys.stderr)"]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "[]\n"
    noticed = subprocess.run(
        [sys.executable, "-c", code.replace("import sys", "import sys, safetensors")],
        capture_output=True,
        text=True,
    )
    assert noticed.stderr == "['safetensors']\n"


def test_nothing_asked_for_is_a_mistake_that_shows_the_help(capsys):
    assert main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "commands:" in said.err


MISTAKES = {
    "nonsense": "invalid choice: 'nonsense'",
    "plot": "a command is needed",
    "explain --learnig-rate 1": "unknown option --learnig-rate. Did you mean '--learning-rate'?",
    "explain nonsense": "unexpected word 'nonsense'",
    "explain --beta-1 2": "beta_1 must be less than 1. Got: 2",
    "explain --beta-1 x": "a number is needed. Got: 'x'",
    "explain --clipnorm 1 --clipvalue 1": "At most one of clipnorm, clipvalue",
    "explain --optimizer": "expected one argument",
    "explain --optimizer admm": "There is no optimizer called 'admm'. Did you mean 'Adam'?",
    "explain --optimizer nowhere:Lab": "The module 'nowhere' cannot be imported",
    "explain --optimizer adamas:get": "must be a subclass of adamas.Optimizer",
    "explain --learning-rate cosin_decay a=1": "Did you mean 'cosine_decay'?",
    "explain --learning-rate 0.1 0.2": "There must be one schedule",
    "explain --params gtp2": "Did you mean 'gpt2'?",
    "explain --params 3xa": "sizes of a shape must be whole numbers joined by x. Got: '3xa'",
    "explain --params 3x1.5": "must be whole numbers",
    "explain --dtype int8": "invalid choice: 'int8'",
    "explain --weight-decay 1 --exclude-from-weight-decay [": "must be regular expressions",
    "demo --epochs 0": "--epochs must be at least 1. Got: 0.",
    "demo --batch-size -1": "--batch-size must be at least 1",
    "demo --seed -1": "--seed must be at least 0",
    "demo --out README.md": "--out must be a folder",
    "plot schedule": "the following arguments are required",
    "plot schedule decay_steps=3": "A schedule begins with its name",
    "plot schedule cosine_decay": "missing a required argument: 'initial_learning_rate'",
    "plot schedule constant learning_rate=1 learning_rate=2": "Got twice: 'learning_rate'",
    "plot schedule 0.1 rate=2": "Got: 'rate'",
    "plot schedule 0.1 --steps 0": "--steps must be at least 1",
    "plot schedule 0.1 --out rate.jpeg": "must end in .png, .svg, .pdf",
    "plot schedule 0.1 --out nowhere/rate.png": "must go to a folder that is there",
    'plot schedule "\'0.1"': "Quotes must be closed",
    "plot descent --steps 0": "--steps must be at least 1",
    "plot descent --function sea": "invalid choice: 'sea'",
    "plot descent --optimizers 'adam beta=1'": "unknown argument 'beta'. Did you mean 'beta_",
    "plot descent --start 1": "expected 2 arguments",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_gives_one_line_and_exit_code_2(line, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert main(shlex.split(line)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("adamas: error: ")
    assert said.err.count("\n") == 1
    assert MISTAKES[line] in said.err


def test_a_mistake_of_adamas_itself_is_not_hidden(monkeypatch):
    def broken(*anything):
        raise RuntimeError("a bug")

    monkeypatch.setattr("adamas.cli.explain.explain", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["explain"])


@pytest.mark.parametrize(
    ("module", "line", "advice"),
    [
        ("matplotlib", "plot schedule 0.1 --out a.png", "pip install 'adamas[plot]'"),
        ("matplotlib", "plot descent --out a.png", "pip install 'adamas[plot]'"),
        ("sklearn", "demo --out a", "pip install 'adamas[demo]'"),
    ],
)
def test_a_missing_package_is_a_failure_that_says_how_to_install_it(
    module, line, advice, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    assert main(line.split()) == 1
    said = capsys.readouterr().err
    assert advice in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_leaves_early_is_no_error():
    command = [sys.executable, "-m", "adamas", "explain", "--params", "gpt2", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_a_terminal_without_unicode_gets_letters():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = ("plot", "schedule", "cosine_decay", "initial_learning_rate=1", "decay_steps=10")
    done = adamas_process(*words, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "##" in done.stdout
    assert adamas_process("explain", "--help", env=environment).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are for Unix")
def test_a_terminal_gets_the_same_numbers_and_no_colour_if_none_is_wanted():
    import pty

    def shown(environment):
        ours, its = pty.openpty()
        done = adamas_process(
            *("plot", "schedule", "0.125"), stdout=its, stderr=its, capture_output=False,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
        )  # fmt: skip
        os.close(its)
        text = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not piece:
                break
            text += piece
        os.close(ours)
        assert done.returncode == 0
        return text.decode()

    plain = shown({"NO_COLOR": "1"})
    assert "0.125" in plain
    assert not COLOUR.search(plain)
    assert COLOUR.search("\x1b[1;34mblue\x1b[0m")


# Options made from fields ---------------------------------------------------------------------

SAMPLES = {
    "learning_rate": "0.25",
    "amsgrad": None,
    "use_ema": None,
    "gradient_accumulation_steps": "3",
    "ema_overwrite_frequency": "5",
    "nonfinite": "skip",
    "states": "bfloat16",
    "master": "remainder",
    "clip_order": "clipnorm,clipvalue",
    "centralize_gradients": None,
    "cautious": None,
    "independent_weight_decay": None,
    "decoupled_weight_decay": None,
    "maximize": None,
    "convention": "torch",
    "cautious_weight_decay": None,
    "hyperball": None,
    **dict.fromkeys(("lookahead", "reduce_on_plateau", "plateau_cooldown", "plateau_window"), "4"),
}

GOES_WITH = {
    "ema_overwrite_frequency": ["--use-ema"],
    "clip_order": ["--clipnorm=1", "--clipvalue=1"],
    "cautious_weight_decay": ["--weight-decay=0.1"],
    "schedule_free_power": ["--schedule-free=0.9"],
    "lookahead_step_size": ["--lookahead=5"],
    "mechanic_decay": ["--mechanic=1e-6"],
    "ema_nesterov_momentum": ["--ema-nesterov=0.5"],
    **{
        f"plateau_{name}": ["--reduce-on-plateau=5"]
        for name in ("factor", "tolerance", "cooldown", "window", "least")
    },
}
"""What must be on for an argument to be there."""


@pytest.mark.parametrize("name", [name for name in adamas.Adam.fields if name != "name"])
def test_every_argument_of_adam_is_an_option(name):
    text = SAMPLES.get(name, "0.5")
    words = [f"--{name.replace('_', '-')}", *([text] if text else [])]
    words += GOES_WITH.get(name, [])
    value = vars(optimizer_of(*words))[name]
    assert value != adamas.Adam.fields[name].default
    words = type(adamas.Adam.fields[name].default) is str or adamas.Adam.fields[name].choices
    assert value == (True if text is None else text if words else float(text))


def test_options_not_given_keep_the_defaults():
    assert optimizer_of().get_config() == adamas.Adam().get_config()
    assert optimizer_of("--no-use-ema", "--clipnorm", "none").get_config() == (
        adamas.Adam().get_config()
    )


def test_help_tells_what_the_docstring_says_and_what_the_field_declares(capsys):
    text = " ".join(output_of(capsys, "explain", "--help").split())
    assert "largest L2 norm of each tensor's gradient; above 0; default: off" in text
    assert "--beta-1 NUMBER " in text
    assert "; at least 0, below 1; default: 0.9" in text


def test_a_rate_may_be_a_schedule():
    cosine = adamas.schedules.CosineDecay(0.1, 100, alpha=0.5)
    words = ("cosine_decay", "initial_learning_rate=0.1", "decay_steps=100", "alpha=0.5")
    for given in (words, [" ".join(words)]):
        optimizer = optimizer_of("--learning-rate", *given, "--use-ema")
        assert vars(optimizer)["learning_rate"] == cosine
        assert optimizer.use_ema


def test_amsgrad_is_a_name_for_adam_with_amsgrad():
    assert find_class("AMSGrad") == (adamas.Adam, {"amsgrad": True})
    assert optimizer_of("--optimizer", "amsgrad", "--beta-1", "0.5").get_config() == (
        adamas.Adam(beta_1=0.5, amsgrad=True).get_config()
    )
    assert optimizer_of("--optimizer=amsgrad", "--no-amsgrad").get_config() == (
        adamas.Adam().get_config()
    )


def test_an_error_in_a_module_of_ones_own_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "broken_lab.py").write_text("1 / 0\n")
    assert main(["explain", "--optimizer", "broken_lab:Lab"]) == 2
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err


# What is written ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1e-3", -1e-3),
        ("true", True),
        ("False", False),
        ("none", None),
        ("linear", "linear"),
        ("1,2.5,3", [1, 2.5, 3]),
        ("7,", [7]),
        ("constant learning_rate=2", adamas.schedules.Constant(2)),
        ("0.1; constant learning_rate=2", [0.1, adamas.schedules.Constant(2)]),
        ("__import__('os')", "__import__('os')"),
    ],
)
def test_a_value_is_read_for_what_it_is_and_never_run(text, value):
    read = read_value(text)
    assert read == value
    assert type(read) is type(value)


def test_schedules_nest_by_quotes():
    words = ["chain", "boundaries=10", "schedules='0.1; warmup schedule=0.2 warmup_steps=5'"]
    expected = adamas.schedules.Chain([0.1, adamas.schedules.Warmup(0.2, 5)], boundaries=[10])
    assert read_schedule([" ".join(words)]) == expected
    assert read_schedule(shlex.split(" ".join(words))) == expected


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("1000000", {"0": (1_000_000,)}),
        ("784x128,128", {"0": (784, 128), "1": (128,)}),
        ("3x3x64x1e3", {"0": (3, 3, 64, 1000)}),
    ],
)
def test_shapes_are_read(text, shapes):
    assert read_shapes(text) == shapes


# explain --------------------------------------------------------------------------------------


def test_explain_says_what_the_plan_says(capsys):
    shapes = read_shapes("gpt2")
    text = output_of(capsys, "explain", "--params", "gpt2", "--global-clipnorm", "1", "--use-ema")
    expected = explain(adamas.Adam(global_clipnorm=1, use_ema=True), shapes)
    assert text == f"{expected}\n"
    assert "148 tensors, 124,439,808 weights" in text
    assert "2 passes over memory, 40 bytes per weight" in text


def test_explain_as_json_holds_every_number(capsys):
    words = ("--weight-decay", "0.1", "--exclude-from-weight-decay", "bias", "ln_")
    text = output_of(capsys, "explain", "--params", "gpt2", "--json", "--source", *words)
    content = json.loads(text)
    assert content["weights"] == 124_439_808
    assert len(content["decayed"]) == 50  # wte, wpe, and four matrices of each of twelve blocks
    assert len(content["excluded"]) == 98
    assert "for i in range(n):" in content["source"]["update"][0]
    assert json.loads(output_of(capsys, "explain", "--json"))["bytes_per_weight"] == 28


# The documentation ----------------------------------------------------------------------------

DOCUMENT = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
LINES = [line for block in SHELL for line in block.splitlines() if line.startswith("adamas")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documented")
    (program,) = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    (folder / "lab.py").write_text(program)
    yield folder
    sys.modules.pop("lab", None)


@pytest.mark.parametrize("line", LINES)
def test_the_documented_line_works(line, folder, capsys, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    words = shlex.split(line)[1:]
    text = output_of(capsys, *words)
    assert text
    if "--json" in words:
        json.loads(text)
    for made in (word for word in words if word.endswith((".png", ".svg", ".pdf"))):
        assert (folder / made).stat().st_size > 1000


def test_the_document_shows_every_command():
    assert len(LINES) > 20
    commands = (["demo"], ["explain"], ["check"], ["bench"], ["plot", "schedule"])
    for command in (*commands, ["plot", "descent"]):
        assert any(shlex.split(line)[1 : 1 + len(command)] == command for line in LINES)
