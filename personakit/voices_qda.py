"""Step 04, REFI-QDA: codebooks and coded texts to and from NVivo, MAXQDA, ATLAS.ti and QualCoder."""

from __future__ import annotations

import re
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from personakit.errors import DataError
from personakit.handoffs import whole_file
from personakit.voices_codebook import CODE_TYPES, Code, Codebook
from personakit.voices_coding import CODING_COLUMNS, READ, Codings, fingerprint

PROJECT, CODES = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
_SPACE = uuid.UUID("5d3f0c52-2d0b-4a53-9a7e-0a1e2b6f7c11")
_WHEN = "2000-01-01T00:00:00Z"  # one date for all, so that the same codings give the same file
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_PARTS = {"Example": "example", "Not when": "not_when", "Type": "type", "Phase": "phase"}
_MOST_BYTES = 500_000_000
_LINES = re.compile(r"personakit: (?P<source>\w+)\|(?P<document>.*)\|lines (?P<lines>[\d ]+)", re.S)


@dataclass(frozen=True, eq=False)
class QdaProject:
    """
    A project read from a ``.qdpx`` file.

    Attributes
    ----------
    codings : Codings
        Codebook and codings whose text is known here, by user.
    texts : pandas.DataFrame
        One row per line of every text in the file: ``source``, ``document``, ``line``, ``text``.
    left_out : list of str
        What could not be taken over, in plain words.
    """

    codings: Codings
    texts: pd.DataFrame
    left_out: list[str]


def write_qdc(book: Codebook, file: Path) -> Path:
    """
    Write a codebook in the REFI-QDA exchange format (``.qdc``).

    Returns
    -------
    Path
        The file, whole or not at all.

    References
    ----------
    REFI-QDA Standard 1.5 (2019). Rotterdam Exchange Format Initiative, www.qdasoftware.org.
    """
    root = ET.Element("CodeBook", {"xmlns": CODES, "origin": "personakit"})
    _write_codes(root, book)
    with whole_file(file) as temporary:
        temporary.write_bytes(_bytes(root))
    return file


def read_qdc(file: Path) -> Codebook:
    """
    Read a codebook from a ``.qdc`` file of any program.

    Raises
    ------
    DataError
        If the file is not a REFI-QDA codebook.
    """
    return _read_codes(_parsed(file.read_bytes(), file.name), file.name)[0]


def write_qdpx(codings: Codings, texts: pd.DataFrame, file: Path, *, name: str = "personakit") -> Path:
    """
    Write codebook, texts and codings as a REFI-QDA project (``.qdpx``).

    Only documents with codings go along. Each is a text of one line per text of step 04; its description says which lines
    of the source they are.

    Parameters
    ----------
    codings : Codings
        What was coded.
    texts : pandas.DataFrame
        Texts of step 04.
    file : Path
        Where to write, whole or not at all.
    name : str
        Title of the project.

    Returns
    -------
    Path
        The file. The same codings give the same bytes.
    """
    root = ET.Element("Project", {"xmlns": PROJECT, "name": name, "origin": "personakit", "creationDateTime": _WHEN})
    coders = sorted(codings.table["coder"].unique())
    users = ET.SubElement(root, "Users")
    for coder in coders:
        ET.SubElement(users, "User", {"guid": _guid("user", coder), "name": coder})
    _write_codes(root, codings.codebook, extra=sorted(set(codings.table["code"]) - set(codings.codebook.codes)))
    sources = ET.SubElement(root, "Sources")
    files: dict[str, str] = {}
    for (source, document), own in codings.table.groupby(["source", "document"], sort=True):
        lines = texts[(texts["source"] == source) & (texts["document"] == document)].sort_values("line", kind="stable")
        if lines.empty:
            continue
        guid = _guid("source", str(source), str(document))
        said = [" ".join(str(text).split("\n")) for text in lines["text"]]
        files[f"Sources/{guid}.txt"] = "\n".join(said) + "\n"
        _write_source(sources, guid, (str(source), str(document)), own, lines["line"].astype(int).tolist(), said)
    with whole_file(file) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in {"project.qde": _bytes(root), **{k: v.encode() for k, v in files.items()}}.items():
            archive.writestr(zipfile.ZipInfo(path, _ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return file


def read_qdpx(file: Path) -> QdaProject:
    """
    Read a REFI-QDA project of any program: its codebook, its texts, and who coded which lines.

    A passage becomes the lines it touches. Pictures, sound, films and PDF pages are left out and named.

    Parameters
    ----------
    file : Path
        A ``.qdpx`` file.

    Returns
    -------
    QdaProject
        Documents that personakit wrote keep their source and line numbers; others are interviews of their name.

    Raises
    ------
    DataError
        If the file is not a REFI-QDA project.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise DataError([f"{file.name}: is larger than {_MOST_BYTES // 1_000_000} MB unpacked; leave out sound and film"])
            inner = [entry for entry in archive.namelist() if entry.lower().endswith(".qde")]
            if not inner:
                raise DataError([f"{file.name}: has no project in it; export it again as a REFI-QDA project (.qdpx)"])
            root = _parsed(archive.read(inner[0]), file.name)
            plain = {Path(e).name: archive.read(e) for e in archive.namelist() if e.lower().endswith(".txt")}
    except (zipfile.BadZipFile, OSError):
        raise DataError([f"{file.name}: cannot be opened; export it again as a REFI-QDA project (.qdpx)"]) from None
    users = {user.get("guid", ""): _one_word(user.get("name") or "imported") for user in root.iter(_tag("User"))}
    book, names = _read_codes(root, file.name)
    rows: list[dict[str, object]] = []
    lines: list[dict[str, object]] = []
    left_out: list[str] = []
    sources = root.find(_tag("Sources"))
    for entry in sources if sources is not None else []:
        if not entry.tag.endswith("}TextSource"):
            left_out.append(f"{entry.get('name') or 'a source'}: {entry.tag.split('}')[-1]} is not a text")
            continue
        text = _text_of(entry, plain)
        if text is None:
            left_out.append(f"{entry.get('name') or 'a source'}: its plain text is not in the file")
            continue
        _read_source(entry, text, (users, names), rows, lines)
    codings = Codings(pd.DataFrame(rows, columns=CODING_COLUMNS).drop_duplicates(ignore_index=True), book)
    return QdaProject(codings, pd.DataFrame(lines, columns=["source", "document", "line", "text"]), left_out)


def _tag(name: str) -> str:
    return f"{{{PROJECT}}}{name}"


def _guid(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "\x1f".join(parts)))


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="utf-8") + b"\n"


def _parsed(content: bytes, name: str) -> ET.Element:
    """Parse XML; files that define entities are refused, since these can blow up or read other files."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise DataError([f"{name}: holds definitions (DOCTYPE) that a REFI-QDA file has no need of; it is not read"])
    try:
        root = ET.fromstring(content.decode("utf-8-sig"))  # noqa: S314  entities are refused above
    except (ET.ParseError, UnicodeDecodeError, ValueError):
        raise DataError([f"{name}: is not REFI-QDA; export it again from your program"]) from None
    return root


def _write_codes(root: ET.Element, book: Codebook, extra: list[str] | None = None) -> None:
    codes = ET.SubElement(root if root.tag == "CodeBook" else ET.SubElement(root, "CodeBook"), "Codes")
    made: dict[str, ET.Element] = {}

    def write(name: str) -> ET.Element:
        if name in made:
            return made[name]
        code = book.codes.get(name, Code())
        above = write(code.parent) if code.parent else codes
        made[name] = own = ET.SubElement(
            above, "Code", {"guid": _guid("code", name), "name": name, "isCodable": "true", "color": book.colour(name)}
        )
        parts = [code.definition, *(f"{word}: {getattr(code, field)}" for word, field in _PARTS.items() if getattr(code, field))]
        if any(parts):
            description = ET.Element("Description")
            description.text = "\n".join(parts)
            own.insert(0, description)
        return own

    for name in [*book.codes, *(extra or [])]:
        write(name)


def _read_codes(root: ET.Element, file: str) -> tuple[Codebook, dict[str, str]]:
    """Read the codes with their place in the tree; and the name of each guid."""
    found: dict[str, Code] = {}
    names: dict[str, str] = {}
    space = root.tag.split("}")[0] + "}" if "}" in root.tag else ""
    holder = root if root.tag.endswith("CodeBook") else root.find(f"{space}CodeBook")
    codes = holder.find(f"{space}Codes") if holder is not None else None
    if codes is None:
        raise DataError([f"{file}: has no codes; export it again as a REFI-QDA codebook or project"])

    def read(element: ET.Element, parent: str | None) -> None:
        for own in element.findall(f"{space}Code"):
            base = name = _code_name(own.get("name") or "code")
            number = 2
            while name in found:
                name, number = f"{base}_{number}", number + 1
            names[own.get("guid", "")] = name
            colour = own.get("color") or ""
            fields = _described(own.findtext(f"{space}Description") or "")
            found[name] = Code(**fields, parent=parent, colour=colour if re.match(r"^#[0-9a-fA-F]{6}$", colour) else None)
            read(own, name)

    read(codes, None)
    found.pop(READ, None)
    by_place = Codebook(codes={name: code.model_copy(update={"colour": None}) for name, code in found.items()})
    plain = {name: by_place.codes[name] if code.colour == by_place.colour(name) else code for name, code in found.items()}
    return Codebook(codes=plain), names


def _described(text: str) -> dict[str, Any]:
    """Split a description into definition, example, when not to use the code, type and phase."""
    fields: dict[str, Any] = {"definition": ""}
    for line in text.split("\n"):
        word, _, rest = line.partition(": ")
        if word in _PARTS and (word != "Type" or rest in CODE_TYPES):
            fields[_PARTS[word]] = rest
        else:
            fields["definition"] = f"{fields['definition']}\n{line}".strip("\n")
    return fields


def _code_name(name: str) -> str:
    if name == READ:
        return READ
    word = re.sub(r"\W+", "_", name.strip().lower()).strip("_") or "code"
    return f"code_{word}" if word[0].isdigit() else word


def _one_word(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name.strip()).strip("-_") or "imported"


def _write_source(
    sources: ET.Element, guid: str, place: tuple[str, str], own: pd.DataFrame, numbers: list[int], said: list[str]
) -> None:
    where = {"guid": guid, "name": f"{place[0]} {place[1]}", "plainTextPath": f"internal://{guid}.txt", "creationDateTime": _WHEN}
    entry = ET.SubElement(sources, "TextSource", where)
    ET.SubElement(entry, "Description").text = f"personakit: {place[0]}|{place[1]}|lines {' '.join(map(str, numbers))}"
    starts = _starts(said)
    order = {number: i for i, number in enumerate(numbers)}
    for row in own.sort_values(["line_first", "line_last", "coder", "code"], kind="stable").itertuples():
        if row.line_first not in order or row.line_last not in order:
            continue
        first, last = order[row.line_first], order[row.line_last]
        key = (str(row.coder), *place, str(row.line_first), str(row.line_last), str(row.code))
        user = _guid("user", str(row.coder))
        selection = ET.SubElement(entry, "PlainTextSelection", {
            "guid": _guid("selection", *key), "name": said[first][:60], "startPosition": str(starts[first]),
            "endPosition": str(starts[last] + len(said[last])), "creatingUser": user, "creationDateTime": _WHEN})  # fmt: skip
        if row.memo:
            ET.SubElement(selection, "Description").text = row.memo
        coding = ET.SubElement(
            selection, "Coding", {"guid": _guid("coding", *key), "creatingUser": user, "creationDateTime": _WHEN}
        )
        ET.SubElement(coding, "CodeRef", {"targetGUID": _guid("code", str(row.code))})


def _starts(said: list[str]) -> list[int]:
    starts, total = [], 0
    for line in said:
        starts.append(total)
        total += len(line) + 1
    return starts


def _text_of(entry: ET.Element, plain: dict[str, bytes]) -> str | None:
    path = (entry.get("plainTextPath") or "").rsplit("/", 1)[-1]
    if path in plain:
        return plain[path].decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    return entry.findtext(_tag("PlainTextContent"))


def _read_source(
    entry: ET.Element, text: str, known: tuple[dict[str, str], dict[str, str]], rows: list[dict[str, object]],
    lines: list[dict[str, object]],
) -> None:  # fmt: skip
    users, names = known
    said = text.split("\n")
    said = said[:-1] if said and not said[-1] else said
    starts = _starts(said)
    ours = _LINES.match(entry.findtext(_tag("Description")) or "")
    source, document = (ours["source"], ours["document"]) if ours else ("interviews", Path(entry.get("name") or "text").stem)
    numbers = [int(n) for n in ours["lines"].split()] if ours else list(range(1, len(said) + 1))
    numbers = numbers if len(numbers) == len(said) else list(range(1, len(said) + 1))
    lines += [
        {"source": source, "document": document, "line": n, "text": t} for n, t in zip(numbers, said, strict=True) if t.strip()
    ]
    for selection in entry.findall(_tag("PlainTextSelection")):
        start, end = int(selection.get("startPosition", "0")), int(selection.get("endPosition", "0"))
        touched = [i for i, at in enumerate(starts) if at < max(end, start + 1) and at + len(said[i]) > start]
        for coding in selection.findall(_tag("Coding")):
            reference = coding.find(_tag("CodeRef"))
            code = names.get(reference.get("targetGUID", "")) if reference is not None else None
            if code is None or not touched:
                continue
            coder = users.get(coding.get("creatingUser") or selection.get("creatingUser") or "", "imported")
            memo = selection.findtext(_tag("Description")) or ""
            rows.append({"coder": coder, "source": source, "document": document, "line_first": numbers[touched[0]],
                         "line_last": numbers[touched[-1]], "code": code, "memo": memo,
                         "begins": fingerprint(said[touched[0]])})  # fmt: skip
