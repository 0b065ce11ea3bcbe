"""Deleting a person: out of every hand-off, quote and page of a work folder, and out of every later run."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from personakit.activation_audiences import AUDIENCES
from personakit.delivery import deliver_again
from personakit.errors import HandoffError
from personakit.handoffs import WAVES, Workspace, to_json, whole_file
from personakit.privacy import pseudonym_of, remember_to_forget

_PSEUDONYM = re.compile(r"P[0-9a-f]{15}")
_CLAIMS = {"08_personas.json", "09_journeys.json", "earlier_08_personas.json", "10_activation_lines.json"}


@dataclass(frozen=True)
class Forgotten:
    """
    What was removed of one person.

    Attributes
    ----------
    rows : dict of str to int
        Rows removed, by file.
    quotes : int
        Quotes removed from cards and maps.
    pages : list of str
        Pages that were written again.
    notebooks : list of str
        Executed notebooks whose outputs were cleared, because they showed the person's words.
    lists : list of str
        Lists of whom to write to that were taken away; they have to be written again.
    list_file : Path
        The file that keeps the pseudonym, so that no later run uses the person.
    rerun : str
        The command that counts everything anew; figures made before still include the person as one among many.
    """

    rows: dict[str, int]
    quotes: int
    pages: list[str]
    notebooks: list[str]
    lists: list[str]
    list_file: Path
    rerun: str


def forget(workspace: Workspace, customer_id: str) -> Forgotten:
    """
    Remove one person from a work folder and from every later run of the study.

    Parameters
    ----------
    workspace : Workspace
        The work folder.
    customer_id : str
        The customer's id as it stands in the sources, or their pseudonym.

    Returns
    -------
    Forgotten
        What was removed, and what has to be run again.

    Raises
    ------
    HandoffError
        If the work folder does not exist.
    DataError
        If the key of the pseudonyms can be neither read nor made.
    """
    folder = workspace.folder
    if not folder.is_dir():
        raise HandoffError(f"there is no work folder {folder.name}; name it with --work-dir, or run the study first")
    person = customer_id if _PSEUDONYM.fullmatch(customer_id) else pseudonym_of(workspace.study, customer_id)
    list_file = remember_to_forget(workspace.study, [person])
    gone = [_forget_in(wave, person) for wave in (workspace, *(Workspace(workspace.study, path, workspace.language)
                                                               for path in workspace.waves))]  # fmt: skip
    _without_window(folder)
    rows = {name: n for part in gone for name, n in part.rows.items()}
    quotes = sum(part.quotes for part in gone)
    pages = [name for part in gone for name in part.pages]
    notebooks = [name for part in gone for name in part.notebooks]
    lists = [name for part in gone for name in part.lists]
    study = f" {workspace.study.file}" if rows or quotes else ""
    return Forgotten(rows, quotes, pages, notebooks, lists, list_file, f"personakit run{study} --work-dir {folder} --from 02")


class _Gone(NamedTuple):
    """What was removed from one wave."""

    rows: dict[str, int]
    quotes: int
    pages: list[str]
    notebooks: list[str]
    lists: list[str]


def _forget_in(workspace: Workspace, person: str) -> _Gone:
    """Remove a person from the files of one wave; those of an earlier wave are named with its folder."""
    folder = workspace.folder
    where = f"{WAVES}/{folder.name}/" if folder.parent.name == WAVES else ""
    rows: dict[str, int] = {}
    said: set[str] = set()
    for path in sorted(folder.glob("*.parquet")):
        removed, texts = _without(path, person)
        said |= texts
        if removed:
            rows[where + path.name] = removed
    quotes = sum(_without_quotes(folder / name, person, said) for name in sorted(_CLAIMS) if (folder / name).exists())
    pages = []
    if (folder / "deliverables").is_dir() and (folder / "08_personas.json").exists():
        pages = [where + path.name for path in deliver_again(workspace)]
    notebooks = [where + path.name for path in sorted((folder / "notebooks").glob("*.ipynb"))
                 if _cleared(path, said | {person})]  # fmt: skip
    lists = [where + path.name for path in sorted((folder / AUDIENCES).glob("*"))]
    shutil.rmtree(folder / AUDIENCES, ignore_errors=True)
    return _Gone(rows, quotes, pages, notebooks, lists)


def _without(path: Path, person: str) -> tuple[int, set[str]]:
    """Rewrite a table without a person's rows; return how many there were, and what the person said in them."""
    frame = pd.read_parquet(path)
    if frame.index.name == "customer_id":
        theirs = frame.index == person
    elif "customer_id" in frame.columns:
        theirs = (frame["customer_id"] == person).fillna(False).to_numpy(dtype=bool)
    else:
        return 0, set()
    if not theirs.any():
        return 0, set()
    texts = {str(value) for column in ("text", *(c for c in frame.columns if frame[c].dtype == "str")) if column in frame.columns
             for value in frame.loc[theirs, column].dropna() if len(str(value).split()) >= 3}  # fmt: skip
    with whole_file(path) as temporary:
        frame[~theirs].to_parquet(temporary)
    return int(theirs.sum()), texts


def _without_window(folder: Path) -> None:
    """Empty the window of the watch: its customers have no ids, so nobody can tell whose row is whose; the counts stay."""
    file = folder / "watch" / "state.json"
    if file.exists():
        content = json.loads(file.read_text(encoding="utf-8"))
        with whole_file(file) as temporary:
            temporary.write_text(to_json({**content, "recent": {}}), encoding="utf-8", newline="\n")


def _without_quotes(path: Path, person: str, said: set[str]) -> int:
    """Rewrite cards or maps without the claims that quote a person."""
    content = json.loads(path.read_text(encoding="utf-8"))
    removed = 0

    def clean(value: Any) -> Any:
        nonlocal removed
        if isinstance(value, list):
            kept = [clean(entry) for entry in value if not _quotes(entry, person, said)]
            removed += len(value) - len(kept)
            return kept
        return {key: clean(entry) for key, entry in value.items()} if isinstance(value, dict) else value

    cleaned = clean(content)
    if removed:
        with whole_file(path) as temporary:
            temporary.write_text(to_json(cleaned), encoding="utf-8", newline="\n")
    return removed


def _quotes(entry: Any, person: str, said: set[str]) -> bool:
    """Tell whether a claim rests on a person's words."""
    if not isinstance(entry, dict) or not isinstance(entry.get("evidence"), list):
        return False
    return any(
        isinstance(piece, dict) and (piece.get("customer") == person or piece.get("quote") in said) for piece in entry["evidence"]
    )


def _cleared(path: Path, words: set[str]) -> bool:
    """Clear the outputs of an executed notebook that show a person's words, and the state of its widgets."""
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    forms = [form for word in words for form in (word, escape(word), escape(escape(word)))]  # as text, in HTML, in a frame
    shown = [json.dumps(form, ensure_ascii=False)[1:-1] for form in forms]
    if not any(word in text for word in shown):
        return False
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and any(word in json.dumps(cell["outputs"], ensure_ascii=False) for word in shown):
            cell["outputs"] = []
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return True
