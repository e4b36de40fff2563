"""What commands print fits every width, breaks within no word, and has colours where wanted."""

import io
import os
import re
import shlex
import subprocess
import sys

import pytest

from adamas import terminal
from adamas.cli import main, program
from places import ROOT

WIDTHS = (40, 80, 100)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = (
    *("--help", "demo --help", "explain --help", "check --help", "bench --help", "support --help"),
    *("plot --help", "plot schedule --help", "plot descent --help"),
    "explain",
    "explain --params gpt2 --global-clipnorm 1 --use-ema --weight-decay 0.1",
    "explain --optimizer muon --params 784x128,128 --gradient-accumulation-steps 4",
    "plot schedule cosine_decay initial_learning_rate=0.1 decay_steps=1000 0.05",
    "plot descent --optimizers adam sgd --function quadratic --steps 20",
    *("support", "support jax"),
    "check lion --on numpy",
)


def overlong(text: str, width: int) -> list[str]:
    """The lines that are too long, though they have a place where they could be broken."""
    plain = re.sub(r"'[^']*'", lambda found: found[0].replace(" ", "_"), COLOURS.sub("", text))
    return [
        line
        for line in plain.splitlines()
        if len(line) > width and len(line.strip().removesuffix(" \\").split()) > 1
    ]


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]{4,}", COLOURS.sub("", text)))


def printed(capsys, line: str) -> str:
    assert main(shlex.split(line)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_fits_every_width_and_breaks_no_word(line, capsys, monkeypatch):
    known: set[str] = set()
    for width in reversed(WIDTHS):
        monkeypatch.setenv("COLUMNS", str(width))
        text = printed(capsys, line)
        assert overlong(text, width) == [], width
        assert "\x1b" not in text
        found = words(text)
        assert not known or found <= known, found - known
        known = known or found


def test_a_line_that_is_too_long_and_a_broken_word_are_noticed():
    assert overlong("one two three", 10) == ["one two three"]
    assert overlong("\x1b[1mone two\x1b[0m\nelectroencephalography", 10) == []
    assert not words("classi-\nfier") <= words("a classifier of digits")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_on_a_terminal_fits_it(width, tmp_path):
    pytest.importorskip("sklearn")
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    screen, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    run = subprocess.Popen(
        [sys.executable, "-m", "adamas", "demo", "--epochs", "2"],
        cwd=tmp_path, env=environment, stdin=inside, stdout=inside, stderr=inside,
    )  # fmt: skip
    os.close(inside)
    seen = b""
    while True:
        try:
            part = os.read(screen, 1 << 16)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(screen)
    assert run.wait() == 0
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", seen.decode())
    assert overlong(text.replace("\r", "\n"), width) == []
    assert "Try next:" in text
    # The bar is long enough to be seen to grow.
    assert max(map(len, re.findall("█+", text))) >= 10


COLOURED = [
    ({}, True, True),
    ({}, False, False),
    ({"NO_COLOR": "1"}, True, False),
    ({"FORCE_COLOR": "1"}, False, True),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ({"TERM": "dumb"}, True, False),
]


@pytest.mark.parametrize(("environment", "on_terminal", "coloured"), COLOURED)
def test_colours_are_where_they_are_wanted(environment, on_terminal, coloured, monkeypatch):
    class Stream(io.StringIO):
        def isatty(self):
            return on_terminal

    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert terminal.has_colours(Stream()) is coloured
    assert (terminal.styled("text", "bold", Stream()) != "text") is coloured


@pytest.mark.parametrize(
    ("line", "meant"),
    [("explan", "explain"), ("plot dscent", "descent"), ("plot descent --function bale", "beale")],
)
def test_a_mistyped_command_or_choice_has_a_suggestion(line, meant, capsys):
    assert main(shlex.split(line)) == 2
    assert f"Did you mean {meant!r}?" in capsys.readouterr().err


def test_a_pipe_has_each_row_of_a_table_in_one_line(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    rows = [("a" * 60, "1", "b" * 60)]
    terminal.show_table("title", ("name", "count", "note"), rows)
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_what_is_proposed_begins_as_this_command_did(monkeypatch, tmp_path):
    own = tmp_path / "bin" / "adamas"
    own.parent.mkdir()
    own.write_text("")
    monkeypatch.setattr(sys, "argv", [str(own)])
    assert program() == str(own)
    monkeypatch.setattr(sys, "argv", [str(ROOT / "src" / "adamas" / "__main__.py")])
    assert program() == "python -m adamas"
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(own.parent))
    monkeypatch.setattr(sys, "argv", [str(own)])
    assert program() == "adamas"


def test_what_the_demo_proposes_works(tmp_path):
    from adamas.cli.demo import _ADVICE

    for line, _ in _ADVICE:
        words_of = shlex.split(line)
        if words_of[0] == "demo":
            words_of += ["--epochs", "1", "--quiet"]
        done = subprocess.run(
            [sys.executable, "-m", "adamas", *words_of], cwd=tmp_path, capture_output=True
        )
        assert done.returncode == 0, done.stderr
