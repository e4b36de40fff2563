"""Programs in processes of their own, with the adamas under test."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import adamas

SOURCES = str(Path(adamas.__file__).parents[1])


def in_python(program: str, *arguments: object, **options) -> subprocess.Popen:
    """A process that runs a program, and whose output is read."""
    paths = os.pathsep.join(filter(None, [SOURCES, os.environ.get("PYTHONPATH", "")]))
    options["env"] = {**os.environ, "PYTHONPATH": paths, **options.get("env", {})}
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program)]
    pipes = {"stdout": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen([*command, *map(str, arguments)], **pipes)


def answer_of(process: subprocess.Popen, timeout: float = 120) -> str:
    """What a process prints; it must end well."""
    try:
        answer, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, errors
    return answer


def output_of(program: str, timeout: float = 120, **environment: str) -> str:
    """What a program prints, but for spaces around it; it must end well."""
    process = in_python(program, stderr=subprocess.PIPE, env=environment)
    return answer_of(process, timeout).strip()
