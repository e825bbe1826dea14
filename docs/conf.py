"""How Sphinx builds the site: see `.ci/run docs`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import rtstruct

ROOT = Path(__file__).parents[1]

project = "rtstruct"
author = "The rtstruct developers"
copyright = f"2026, {author}"
version = release = rtstruct.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates", "**/.ipynb_checkpoints"]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120

viewcode_follow_imported_members = False
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections say the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# links into the documentation of others, where there is a network
if os.environ.get("RTSTRUCT_DOCS_ONLINE") == "1":
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "pydicom": ("https://pydicom.github.io/pydicom/stable", None),
    }

html_theme = "pydata_sphinx_theme"
html_title = "rtstruct"
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    # long lines of code have its place where there are many
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "notebooks/one_patient": [],
        "notebooks/cohort": [],
        "kernel": [],
    },
}
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
linkcheck_ignore = [r"https://example\.org/.*"]  # stands for the address to come


#: Pages that stand at the top of the repository, and the pages here that show them.
_TOP = {
    "ARCHITECTURE.md": "architecture",
    "CONTRIBUTING.md": "developing",
    "CHANGES.md": "changes",
    "README.md": "index",
}


def _prepare(app: Any, docname: str, source: list[str]) -> None:
    """What is read on the forge too, for the site."""
    text = source[0]
    for name, page in _TOP.items():
        if docname == page != "index":
            app.env.note_dependency(str(ROOT / name))
            text = (ROOT / name).read_text("utf-8").replace("](docs/", "](")
    for name, page in _TOP.items():
        text = re.sub(rf"\]\((\.\./)?{re.escape(name)}", f"]({page}.md", text)
    if docname == "howto":  # of pages in its toctrees, those that are there
        missing = [p for p in _OPTIONAL if not (ROOT / "docs" / f"{p}.md").exists()]
        lines = [line for line in text.splitlines() if line.strip() not in missing]
        text = "\n".join(lines) + "\n"
    source[0] = text


#: Pages of the navigation that may be absent. One that is there and in no toctree is a
#: warning, and so an error.
_OPTIONAL = ("geometry", "writing")


def setup(app: Any) -> None:
    """Sphinx calls it."""
    app.connect("source-read", _prepare)
