"""How the documentation is built: `make docs`. Nothing in it asks another host."""

project = "hectograph"
author = "the hectograph authors"
project_copyright = "the hectograph authors"

extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

html_theme = "furo"
html_title = "hectograph"
html_show_sphinx = False
html_copy_source = False
