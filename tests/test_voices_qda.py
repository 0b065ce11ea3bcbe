"""REFI-QDA: what is written is read back the same, other programs' files are read, and dangerous ones are refused."""

import zipfile

import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.voices_codebook import Code, Codebook
from personakit.voices_coding import CODING_COLUMNS, Codings, fingerprint
from personakit.voices_qda import read_qdc, read_qdpx, write_qdc, write_qdpx

TEXTS = pd.DataFrame({
    "key": ["interviews|a|8", "interviews|a|11", "interviews|a|14", "survey|ønske|3", "survey|ønske|7"],
    "source": ["interviews"] * 3 + ["survey"] * 2, "document": ["a"] * 3 + ["ønske"] * 2, "line": [8, 11, 14, 3, 7],
    "text": ["Pris først & størst.", "قیمت مهم است <b>", "Two\nlines", "😀 hyvä", "Ok"],
})  # fmt: skip
BOOK = Codebook(codes={
    "price": Code(definition="Price decides", example="Price first", not_when="Sales", type="need", colour="#123456"),
    "sales": Code(parent="price"), "قیمت": Code(type="pain", definition="بسیار\nگران"),
})  # fmt: skip


def codings():
    rows = [("aino", "interviews", "a", 8, 11, "price", "ask = again"), ("odd", "interviews", "a", 11, 11, "قیمت", ""),
            ("odd", "survey", "ønske", 3, 7, "sales", ""), ("aino", "survey", "ønske", 7, 7, "-", "")]  # fmt: skip
    said = TEXTS.set_index(["source", "document", "line"])["text"]
    full = [(*row, fingerprint(said[row[1], row[2], row[3]])) for row in rows]
    return Codings(pd.DataFrame(full, columns=CODING_COLUMNS), BOOK)


def ordered(table):
    return table.sort_values(CODING_COLUMNS, ignore_index=True).astype(str)


def test_a_project_comes_back_the_same(tmp_path):
    """Codebook with tree, colours and notes; coders, ranges, memos, texts in any script; and the same bytes again."""
    own = codings()
    file = write_qdpx(own, TEXTS, tmp_path / "one.qdpx")
    found = read_qdpx(file)
    assert found.codings.codebook == BOOK and found.left_out == []
    assert ordered(found.codings.table).equals(ordered(own.table))
    assert found.codings.lost(TEXTS).empty
    again = write_qdpx(found.codings, TEXTS, tmp_path / "two.qdpx")
    assert again.read_bytes() == file.read_bytes()


def test_the_sample_comes_back_the_same(small_run, tmp_path):
    """The coded interviews of the simulated shop survive the way there and back."""
    own = small_run.voices.codings
    known = own.table[~own.table["document"].isin(own.lost(small_run.voices.texts)["document"])]
    found = read_qdpx(write_qdpx(Codings(known, own.codebook), small_run.voices.texts, tmp_path / "p.qdpx"))
    assert ordered(found.codings.table).equals(ordered(known)) and found.codings.codebook == own.codebook


def test_a_codebook_alone(tmp_path):
    """A .qdc file holds the whole book."""
    assert read_qdc(write_qdc(BOOK, tmp_path / "book.qdc")) == BOOK


OTHER = """<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="Other" origin="Another program">
 <Users><User guid="u1" name="Kari Nordmann"/></Users>
 <CodeBook><Codes>
  <Code guid="c1" name="Price matters" isCodable="true"><Description>Money</Description>
   <Code guid="c2" name="1st time" isCodable="true"/></Code>
 </Codes></CodeBook>
 <Sources>
  <TextSource guid="s1" name="Talk 1.docx" plainTextPath="internal://s1.txt">
   <PlainTextSelection guid="p1" startPosition="0" endPosition="5" creatingUser="u1">
    <Coding guid="g1" creatingUser="u1"><CodeRef targetGUID="c1"/></Coding></PlainTextSelection>
   <PlainTextSelection guid="p2" startPosition="4" endPosition="22">
    <Coding guid="g2"><CodeRef targetGUID="c2"/></Coding></PlainTextSelection>
  </TextSource>
  <PictureSource guid="s2" name="Photo"/>
 </Sources>
</Project>"""


def test_a_project_of_another_program(tmp_path):
    """Code names become words, passages become the lines they touch, pictures are named as left out."""
    file = tmp_path / "other.qdpx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("project.qde", OTHER)
        archive.writestr("sources/s1.txt", "Hello\r\nPrice first\r\nThe end\r\n")
    found = read_qdpx(file)
    assert found.codings.codebook.codes["price_matters"].definition == "Money"
    assert found.codings.codebook.codes["code_1st_time"].parent == "price_matters"
    table = found.codings.table[["coder", "document", "line_first", "line_last", "code"]]
    assert table.to_numpy().tolist() == [
        ["Kari-Nordmann", "Talk 1", 1, 1, "price_matters"],
        ["imported", "Talk 1", 1, 3, "code_1st_time"],
    ]
    assert found.left_out == ["Photo: PictureSource is not a text"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a zip", "cannot be opened"),
        ({"readme.txt": "x"}, "has no project in it"),
        ({"project.qde": "<Project"}, "is not REFI-QDA"),
        ({"project.qde": "<!DOCTYPE x [<!ENTITY a 'b'>]><Project/>"}, "holds definitions"),
        ({"project.qde": '<Project xmlns="urn:QDA-XML:project:1.0"/>'}, "has no codes"),
    ],
)
def test_wrong_files_are_refused(tmp_path, content, said):
    """One sentence says what is wrong and what to do."""
    file = tmp_path / "x.qdpx"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
    with pytest.raises(DataError, match=said):
        read_qdpx(file)
