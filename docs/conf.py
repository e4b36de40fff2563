"""How Sphinx builds these pages: ``python -m sphinx -W --keep-going -n docs docs/_build``."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("KERAS_BACKEND", "jax")  # the reference has the same entries on each

project = "adamas"
author = "the developers of adamas"
extensions = [
    "myst_parser",
    "sphinx_design",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "reference",
    "support_table",
]
html_theme = "furo"
html_title = "adamas"
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["adamas.css"]
html_theme_options = {"top_of_page_buttons": []}
pygments_dark_style = "github-dark"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# Names in single quotes in docstrings; `reference` finds those that have an entry.
default_role = "py:obj"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
# Types and ranges in the docstrings of optimizers are words, not links.
napoleon_use_param = False
napoleon_use_ivar = True
# What other projects have, and what stands behind the doors, has no entry here.
_public = r"adamas(\.(torch|jax|keras|scipy|schedules|training|errors))?\.[A-Za-z]\w*$"
nitpick_ignore_regex = [("py:.*", rf"(?!{_public}).*")]
