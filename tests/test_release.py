"""What is published: README without broken links, the versions that are named, the two archives."""

import importlib.util
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import adamas

ROOT = Path(__file__).parents[1]
FILES = "https://example.org/adamas/files"


@pytest.fixture(scope="module")
def hook():
    pytest.importorskip("hatchling", reason="needs what builds the package")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TEXT = """![speed](docs/a.png) and [a page](docs/a.md#part), [elsewhere](https://example.org),
[below](#try-it)
<picture><source srcset="docs/dark.png"><img src="docs/light.png"></picture>"""


def test_links_of_readme_are_full_where_the_address_is_known(hook):
    assert (
        hook.with_addresses(TEXT, f"{FILES}/")
        == f"""![speed]({FILES}/docs/a.png) and [a page]({FILES}/docs/a.md#part), [elsewhere](https://example.org),
[below](#try-it)
<picture><source srcset="{FILES}/docs/dark.png"><img src="{FILES}/docs/light.png"></picture>"""
    )


def test_without_an_address_no_link_leads_nowhere(hook):
    assert (
        hook.with_addresses(TEXT, "")
        == """ and a page (`docs/a.md#part`), [elsewhere](https://example.org),
[below](#try-it)
"""
    )


def test_only_addresses_that_are_filled_in_are_published(hook):
    assert hook.urls({"homepage": "", "issues": FILES}) == {"Issues": FILES}


def test_the_version_to_cite_is_this_one():
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {adamas.__version__}\n" in cited


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("## "))
    assert first.split()[1] == adamas.__version__


@pytest.fixture(scope="module")
def archives(tmp_path_factory, hook):
    """The wheel and the sdist."""
    folder = tmp_path_factory.mktemp("archives")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source


def test_the_wheel_has_the_package_with_its_types_and_nothing_else(archives):
    with zipfile.ZipFile(archives[0]) as wheel:
        names = wheel.namelist()
        (metadata,) = (wheel.read(n).decode() for n in names if n.endswith("METADATA"))
    assert {name.split("/")[0].split("-")[0] for name in names} == {"adamas"}
    own = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src" / "adamas").rglob("*.py*")}
    own = {name for name in own if not name.endswith(".pyc")}
    assert own <= set(names)
    assert "adamas/py.typed" in names
    assert "](docs/" not in metadata
    pinned = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for requirement in pinned["project"]["dependencies"]:
        assert f"Requires-Dist: {requirement.replace('_', '-')}" in metadata


def test_the_sdist_has_what_builds_and_tests_it(archives):
    with tarfile.open(archives[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    wanted = {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md"}
    assert wanted | {"conftest.py", "tests/test_release.py", "docs/index.md"} <= names
