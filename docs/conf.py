"""Configuration of the documentation. Run: make docs (warnings are errors)."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.site.pages import write_pages  # noqa: E402 - the path comes first

write_pages(ROOT / "docs" / "generated")

project = "cronofy_frames"
author = "The authors of cronofy_frames"
project_copyright = "the authors of cronofy_frames, MIT licence"
version = release = installed_version("cronofy-frames")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_design",
    "tests.site.names",
    "tests.site.pictures",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_pictures", "generated/fragments"]
suppress_warnings = ["config.cache"]

# a name in single backticks in a docstring is a link where it is public, and code in any case
default_role = "name"
add_module_names = False
autodoc_member_order = "alphabetical"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["colon_fence", "deflist", "attrs_block", "attrs_inline"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "cronofy_frames"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
