"""Sphinx settings of the course site; ``docs/build_site.py`` puts the pages together and runs Sphinx on them."""

project = "personakit"
author = "the personakit team"
language = "en"
html_title = "personakit: the course"
html_theme = "furo"
html_show_copyright = html_show_sphinx = html_copy_source = False
html_theme_options = {"light_css_variables": {"color-brand-primary": "#0b6e6e", "color-brand-content": "#0b6e6e"},
                      "dark_css_variables": {"color-brand-primary": "#5cc4c4", "color-brand-content": "#5cc4c4"}}  # fmt: skip
html_static_path = ["_static"]
html_css_files = ["site.css"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode = "off"  # the notebooks come with their outputs
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # controls need a kernel; their plain twins are in the outputs
# what a reader without a kernel can see comes first
nb_mime_priority_overrides = [("html", "text/html", 0), ("html", "image/png", 1), ("html", "text/plain", 9)]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # the docstrings name them
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # words of the docstrings that are also names of several attributes
