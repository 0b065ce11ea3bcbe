"""Build the course site: ``python docs/build_site.py [FOLDER]``. Needs the extra ``docs``, and no internet.

The pages are the notebooks with the outputs they have in the repository, the exercises, the facilitator's guide, a glossary, and
the public functions from their docstrings. Every warning of Sphinx is an error, and every link inside the site is followed.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import tempfile
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import yaml

import personakit
from personakit.handoffs import STEPS, numbered

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LANGUAGES = {"en": "English", "nb": "norsk", "fi": "suomi", "fa": "فارسی"}


def build(target: Path) -> list[Path]:
    """
    Build the site in a folder.

    Parameters
    ----------
    target : Path
        Where the pages go; what is there is replaced when the new pages are whole.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    SystemExit
        If the extra is not installed, Sphinx warns of anything, or a link leads nowhere.
    """
    try:
        import myst_nb  # noqa: F401
    except ImportError:
        raise SystemExit(
            'the course site needs the extra docs; run: python -m pip install -c constraints.txt -e ".[docs]"'
        ) from None
    with tempfile.TemporaryDirectory() as scratch:
        source, made = Path(scratch) / "source", Path(scratch) / "site"
        stage(source)
        command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", str(source), str(made)]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit("the site was not built; the lines above say what to mend")
        problems = broken_links(made)
        if problems:
            raise SystemExit("\n".join(problems))
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo"))
    return sorted(target.rglob("*.html"))


def stage(source: Path) -> None:
    """Put everything that becomes a page into one folder."""
    shutil.copytree(HERE / "site", source)
    for folder, names in (("notebooks", "*.ipynb"), ("exercises", "*.ipynb"), ("exercises", "*.md"),
                          ("exercises/facilitator", "*.md"), ("data", "*.md"), ("data/nordic-sports", "study.yaml"),
                          ("docs", "*.png"), ("docs", "*.md")):  # fmt: skip
        (source / folder).mkdir(parents=True, exist_ok=True)
        for path in sorted((ROOT / folder).glob(names)):
            shutil.copy(path, source / folder / path.name)
    for name in ("README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, source / name)
    for path in sorted(source.glob("notebooks/*.ipynb")):
        unpack_pictures(path)
    (source / "glossary.md").write_text(glossary_page(), encoding="utf-8", newline="\n")
    for name, text in reference_pages().items():
        (source / "api").mkdir(exist_ok=True)
        (source / "api" / name).write_text(text, encoding="utf-8", newline="\n")


def unpack_pictures(path: Path) -> None:
    """Put pictures that are packed into the text of a notebook beside it; Sphinx does not look inside."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for name, kinds in cell.get("attachments", {}).items():
            (path.parent / name).write_bytes(base64.b64decode(next(iter(kinds.values()))))
            cell.source = cell.source.replace(f"attachment:{name}", name)
        cell.pop("attachments", None)
    nbformat.write(notebook, path)


def glossary() -> list[dict[str, str]]:
    """Read the words of the course, in alphabetical order."""
    words: list[dict[str, str]] = yaml.safe_load((HERE / "site" / "glossary.yaml").read_text(encoding="utf-8"))
    return sorted(words, key=lambda word: word["en"].casefold())


def glossary_page() -> str:
    """Lay out the words in four languages, each with its meaning and the notebook where it is used first."""
    heads = "".join(f"<th lang='{code}'>{name}</th>" for code, name in LANGUAGES.items())
    rows = []
    for word in glossary():
        own = "".join(f"<td lang='{code}'{' dir=rtl' if code == 'fa' else ''}>{escape(word[code])}</td>" for code in LANGUAGES)
        link = f"<a href='notebooks/{numbered(word['step'])}.html'>{numbered(word['step'])}</a>"
        rows.append(f"<tr id='{word['en'].replace(' ', '-')}'>{own}<td>{escape(word['means'])} {link}</td></tr>")
    table = f"<table class='glossary'><thead><tr>{heads}<th>meaning, and the notebook where it is used first</th></tr></thead>"
    said = "The words of the course in English, Norwegian, Finnish and Persian."
    return f"# Glossary\n\n{said}\n\n```{{raw}} html\n{table}<tbody>{''.join(rows)}</tbody></table>\n```\n"


def reference_pages() -> dict[str, str]:
    """Write one page for each module with public names, in the order of the steps, and the page that lists them."""
    pages: dict[str, str] = {}
    by_module: dict[str, list[str]] = {}
    for name in personakit.__all__:
        by_module.setdefault(getattr(personakit, name).__module__.removeprefix("personakit."), []).append(name)
    for module, names in by_module.items():
        title = module.replace("_", " ")
        parts = [f"{title}\n{'=' * len(title)}\n"]
        for name in names:
            thing = getattr(personakit, name)
            kind = "autoclass" if isinstance(thing, type) else "autofunction" if callable(thing) else "autodata"
            options = "   :members:\n   :exclude-members: model_config\n" if kind == "autoclass" else ""
            parts.append(f".. {kind}:: personakit.{module}.{name}\n{options}")
        pages[f"{module}.rst"] = "\n".join(parts)
    entries = "\n".join(f"   {module}" for module in by_module)
    pages["index.rst"] = (
        "Functions and results\n=====================\n\nEverything of these pages is in ``import personakit as pk``.\n\n"
        f".. toctree::\n   :maxdepth: 2\n\n{entries}\n"
    )
    return pages


class _Page(HTMLParser):
    """What a page links to, the places it has, and what it loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.places |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in {"script", "img", "iframe"} and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("href") and found.get("rel") in {"stylesheet", "icon"}:
            self.loads.append(found["href"])


def broken_links(site: Path) -> list[str]:
    """
    Follow every link inside the site.

    Parameters
    ----------
    site : Path
        The folder with the pages.

    Returns
    -------
    list of str
        One line for each link that leads nowhere, and for each thing that a page would load from the internet.
    """
    pages = {}
    for path in sorted(site.rglob("*.html")):
        pages[path] = _Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    problems = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        problems += [
            f"{name}: loads {load} from the internet" for load in page.loads if urlsplit(load).scheme in {"http", "https"}
        ]
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not goal.exists():
                problems.append(f"{name}: {link} leads nowhere")
            elif parts.fragment and goal in pages and unquote(parts.fragment) not in pages[goal].places:
                problems.append(f"{name}: {link} names a place that is not there")
    return list(dict.fromkeys(problems))


if __name__ == "__main__":
    written = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site")
    print(f"{len(written)} pages, {len(STEPS)} notebooks: open {written[0].parent / 'index.html'}")
