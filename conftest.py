"""Every Python block in the documents runs as a test, each page in one namespace."""

import os

import pytest
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser


@pytest.fixture
def in_empty_folder(tmp_path):
    """Each block runs where it can leave files without harm."""
    before = os.getcwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md"],
    fixtures=["in_empty_folder"],
).pytest()
