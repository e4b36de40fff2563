"""How Sphinx builds these pages: ``sphinx-build docs docs/_build``."""

project = "adamas"
author = "the developers of adamas"
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
