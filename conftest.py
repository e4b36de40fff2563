"""Every Python block in the documents runs as a test, each page in one namespace.

Where Sybil is not installed, which reads them, all other tests run.
"""

import os
from importlib.util import find_spec

import pytest


@pytest.fixture
def in_empty_folder(tmp_path):
    """Each block runs where it can leave files without harm."""
    before = os.getcwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)


if find_spec("sybil") is not None:
    from sybil import Sybil
    from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

    pytest_collect_file = Sybil(
        parsers=[PythonCodeBlockParser(), SkipParser()],
        patterns=["*.md"],
        fixtures=["in_empty_folder"],
    ).pytest()
