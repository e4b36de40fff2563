"""What README's first program is said to print, it prints."""

import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_the_first_program_ends_right_and_prints_it(tmp_path, monkeypatch, capsys):
    found = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    program, printed = found.groups()
    monkeypatch.chdir(tmp_path)
    exec(program, {})  # noqa: S102
    assert capsys.readouterr().out == printed == "[1. 2. 3.] 4.0\n"
