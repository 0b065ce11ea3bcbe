"""The codebook: read, written, and its mistakes named."""

import pytest

from personakit.errors import StudyError
from personakit.voices_codebook import Code, Codebook, read_codebook, write_codebook


def test_round_trip(tmp_path):
    """What is written is read again; bare codes stay bare; Persian stays Persian."""
    book = Codebook(codes={"قیمت": Code(definition="قیمت مهم است", type="need"), "late": {}, "very_late": {"parent": "late"}})
    file = write_codebook(book, tmp_path / "coding" / "codebook.yaml")
    assert read_codebook(file) == book
    assert "قیمت مهم است" in file.read_text(encoding="utf-8") and "null" not in file.read_text(encoding="utf-8")


def test_a_list_of_names_is_a_book(tmp_path):
    """The shortest book is a list of names; a file that is not there is an empty one."""
    (tmp_path / "codebook.yaml").write_text("codes: [late, price]\n", encoding="utf-8")
    assert list(read_codebook(tmp_path / "codebook.yaml").codes) == ["late", "price"]
    assert read_codebook(tmp_path / "none.yaml").codes == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("codes: {late parcel: }", "'late parcel' is not one word; write letters, digits and _"),
        ("codes: {late: {typ: pain}}", "code 'late' has an unknown key 'typ'.*did you mean 'type'"),
        ("codes: {late: {type: pian}}", "type 'pian' is not known; allowed: need.*did you mean 'pain'"),
        ("codes: {late: {parent: lat}}", "there is no code 'lat' to belong to"),
        ("codes: {a: {parent: b}, b: {parent: a}}", "belongs to itself"),
        ("codes: {late: {colour: red}}", "code 'late', colour: found 'red'"),
        ("late: {}", "starts with 'codes:'"),
        ("codes: {late: [", "not valid YAML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, said):
    """What, where, what is allowed."""
    (tmp_path / "codebook.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=said):
        read_codebook(tmp_path / "codebook.yaml")


def test_types_and_colours():
    """A pain is a frustration of a persona; every code has a colour of its own or by its place."""
    book = Codebook(codes={"slow": Code(type="pain"), "fast": Code(type="need", colour="#123456"), "other": Code()})
    assert [book.about(name) for name in ("slow", "fast", "other", "unknown")] == ["frustration", "need", "", ""]
    assert book.colour("fast") == "#123456" and len({book.colour(name) for name in book.codes}) == 3
