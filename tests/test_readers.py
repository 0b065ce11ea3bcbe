"""Files of every common kind become typed tables."""

import functools
import gzip
import tempfile
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from personakit import readers
from personakit.errors import DataError
from personakit.readers import read_file
from personakit.study_parts import Source

ROWS = [
    ("C1", "Bergen", 1234.5, 3, "2026-03-01"),
    ("C2", "Ålesund", 0.25, 40, "2026-03-02"),
    ("C3", "Jyväskylä", 99.0, 7, "2026-12-31"),
]


def read(path, tmp_path, role="orders", **spec):
    connection = duckdb.connect()
    name = read_file(connection, path, Source(path=str(path), **spec), role, tmp_path)
    return connection.execute(f"SELECT * FROM {name} ORDER BY _row").df()


def csv_text(separator, decimal):
    lines = [separator.join(["id", "city", "amount", "n", "day"])]
    lines += [separator.join([i, city, str(amount).replace(".", decimal), str(n), day]) for i, city, amount, n, day in ROWS]
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_csv_of_any_common_kind(tmp_path, separator, encoding, decimal):
    """Separator, encoding and decimal mark are told from the file."""
    if separator == "," and decimal == ",":
        decimal = "."
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_text(separator, decimal).encode(encoding))
    found = read(path, tmp_path)
    assert found["city"].tolist() == [row[1] for row in ROWS]
    assert found["amount"].tolist() == [1234.5, 0.25, 99.0]
    assert found["n"].tolist() == [3, 40, 7]
    assert found["day"].dt.strftime("%Y-%m-%d").tolist() == [row[4] for row in ROWS]
    assert found["_row"].tolist() == [1, 2, 3]


def test_gzip_and_parquet_and_excel_give_the_same(tmp_path):
    """The same rows come out of every kind of file."""
    frame = pd.DataFrame(ROWS, columns=["id", "city", "amount", "n", "day"])
    with gzip.open(tmp_path / "a.csv.gz", "wt", encoding="utf-8") as out:
        out.write(frame.to_csv(index=False))
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_excel(tmp_path / "a.xlsx", index=False, sheet_name="orders")
    for name in ("a.csv.gz", "a.parquet", "a.xlsx"):
        found = read(tmp_path / name, tmp_path)
        assert found[["id", "city", "amount", "n"]].values.tolist() == frame[["id", "city", "amount", "n"]].values.tolist(), name
        assert found["_row"].tolist() == [1, 2, 3]


def test_numbers_that_are_words_stay_words(tmp_path):
    """Leading zeros, and numbers whose comma could mean either thing, are not guessed."""
    path = tmp_path / "orders.csv"
    path.write_text('code,amount\n0150,"1,234"\n0151,"2,500"\n', encoding="utf-8")
    found = read(path, tmp_path)
    assert found["code"].tolist() == ["0150", "0151"]
    assert found["amount"].tolist() == ["1,234", "2,500"]


def test_interviews_keep_lines_and_speakers(tmp_path):
    """A folder of transcripts gives one row per turn, with the line it stands in."""
    folder = tmp_path / "interviews"
    folder.mkdir()
    (folder / "i1.txt").write_text("customer_id: C7\n\nInterviewer: Why?\nCustomer: Because it is near.\n", encoding="utf-8")
    (folder / "i2.md").write_text("Only one long note.\n", encoding="utf-8")
    found = read(folder, tmp_path, role="interviews")
    assert found[["document_id", "line", "speaker", "text"]].fillna("").values.tolist() == [
        ["i1", 3, "Interviewer", "Why?"],
        ["i1", 4, "Customer", "Because it is near."],
        ["i2", 1, "", "Only one long note."],
    ]
    assert found["customer_id"].tolist()[:2] == ["C7", "C7"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("orders.csv", b"", "sources.orders: orders.csv is empty (0 bytes); export it again"),
        ("orders.parquet", b"", "sources.orders: orders.parquet is empty (0 bytes); export it again"),
        ("orders.parquet", b"PAR1 this is no parquet file PAR1", "sources.orders: orders.parquet cannot be read as parquet ("),
        (
            "orders.xlsx",
            b"no excel",
            "sources.orders: orders.xlsx cannot be read as an Excel file (BadZipFile); save it again as .xlsx",
        ),
        (
            "orders.sav",
            b"$FL2",
            "sources.orders: orders.sav cannot be read as an SPSS file (",
        ),
        (
            "orders.dta",
            b"x",
            "sources.orders: orders.dta is of an unknown kind; allowed: .csv, .tsv, .txt (or .gz), .parquet, .xlsx, .sav",
        ),
    ],
)
def test_wrong_files_bring_one_sentence(tmp_path, name, content, expected):
    """A file that cannot be read says which, why, and what to do."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(tmp_path / name, tmp_path)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(expected)


@pytest.mark.parametrize(("kind", "named"), [
    ("png", "is a picture, not text; name it as what it is, or save it as CSV in UTF-8"), ("jpeg", "is a picture, not text"),
    ("xlsx", "is an Excel file or another packed one, not text"), ("parquet", "is a Parquet file, not text"),
    ("gz", "is a gzip file, not text"), ("noise", "is not a text file; save it as CSV in UTF-8"),
])  # fmt: skip
def test_files_that_are_no_text_are_named(tmp_path, kind, named):
    """A picture, workbook or archive with the ending of a text says what it is, and nothing about encodings."""
    file, table = tmp_path / f"orders.{kind}", pd.DataFrame({"id": range(999), "name": [f"Åse {i}" for i in range(999)]})
    if kind in {"png", "jpeg"}:
        drawing = plt.figure()
        drawing.text(0.5, 0.5, "Åse")
        drawing.savefig(file)
        plt.close(drawing)
    elif kind == "xlsx":
        table.to_excel(file, index=False)
    elif kind == "parquet":
        table.to_parquet(file)
    elif kind == "gz":
        file.write_bytes(gzip.compress(table.to_csv().encode(), mtime=0))
    else:
        file.write_bytes(np.random.default_rng(3).bytes(5_000))
    file = file.rename(tmp_path / "orders.csv")
    with pytest.raises(DataError) as caught:
        read(file, tmp_path)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"sources.orders: orders.csv {named}")


def test_missing_file_names_its_neighbours(tmp_path):
    """A misspelt file brings the one that was probably meant."""
    (tmp_path / "orders.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no file order.csv; its folder has: orders.csv; did you mean 'orders.csv'\?"):
        read(tmp_path / "order.csv", tmp_path)


def test_only_interviews_may_be_a_folder(tmp_path):
    """A folder where a file should be is named as such."""
    with pytest.raises(DataError, match="is a folder; name a file"):
        read(tmp_path, tmp_path)


def test_missing_sheet_names_the_sheets(tmp_path):
    """An Excel sheet that is not there brings those that are."""
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "a.xlsx", sheet_name="Orders", index=False)
    with pytest.raises(DataError, match=r"a.xlsx has no sheet 'Order'; it has: Orders; did you mean 'Orders'\?"):
        read(tmp_path / "a.xlsx", tmp_path, sheet="Order")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=300), st.sampled_from(["x.csv", "x.parquet", "x.xlsx", "x.csv.gz"]))
@example(b"\xc2", "x.csv")
@example(b"a,b\n1,\xff", "x.csv")
@example(b"\x00", "x.csv")
def test_random_bytes_are_data_or_a_data_error(tmp_path, content, name):
    """Whatever the bytes, the answer is a table or one clear error."""
    (tmp_path / name).write_bytes(content)
    try:
        read(tmp_path / name, tmp_path)
    except DataError as error:
        assert error.problems


def test_names_below_the_first_row(tmp_path):
    """A title above the column names is skipped, in CSV and Excel; without the option the row is suggested."""
    lines = [["Report of all orders", None, None], [None, None, None], ["id", "city", "n"], ["C1", "Oslo", "3"]]
    pd.DataFrame(lines).to_excel(tmp_path / "a.xlsx", header=False, index=False)
    (tmp_path / "a.csv").write_text("Report of all orders\n\nid;city;n\nC1;Oslo;3\n", encoding="utf-8")
    for name in ("a.xlsx", "a.csv"):
        found = read(tmp_path / name, tmp_path, header_row=3)
        assert found[["id", "city", "n", "_row"]].values.tolist() == [["C1", "Oslo", 3, 1]], name
        with pytest.raises(DataError, match="header_row: 3"):
            read(tmp_path / name, tmp_path)


def test_rows_that_describe_the_columns(tmp_path, monkeypatch):
    """Rows below the names are left out, and columns have the types of their data; in CSV of any size, and in Excel."""
    rows = [["Code", "How\nmany?", "When?"], ['{"ImportId":"a"}', "x, y", "z"], ["C1", 3, "2026-01-05"], ["C2", 4, "2026-01-06"]]
    frame = pd.DataFrame(rows, columns=["id", "n", "day"])
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_csv(tmp_path / "a.csv", index=False)
    days = [pd.Timestamp("2026-01-05"), pd.Timestamp("2026-01-06")]
    for name, keep_below in (("a.xlsx", 10**6), ("a.csv", 10**6), ("a.csv", 0)):
        monkeypatch.setattr(readers, "KEEP_BELOW_BYTES", keep_below)
        found = read(tmp_path / name, tmp_path, extra_header_rows=2)
        assert found["id"].tolist() == ["C1", "C2"] and found["n"].tolist() == [3, 4] and found["_row"].tolist() == [1, 2]
        assert found["day"].tolist() == days


def test_too_many_columns_are_refused(tmp_path):
    """Ten thousand columns bring one sentence, whatever the kind of file."""
    wide = pd.DataFrame([[1] * 10_000], columns=[f"c{i}" for i in range(10_000)])
    wide.to_csv(tmp_path / "a.csv", index=False)
    wide.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(DataError, match="10,000 columns, at most 3,000 are read"):
            read(tmp_path / name, tmp_path)


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+47",
        "-1",
        "\x00",
        "\x07",
        "\u202e",
        "NaN",
        "1e999",
        "۱۲",
        "'; DROP TABLE x; --",
        '"',
        "a,b",
        "a\nb",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-16", "cp1252", "latin-1"]),
)
def test_strange_cells_are_data_or_a_data_error(tmp_path, rows, encoding):
    """Formulas, control characters and quotes in any encoding are text, or bring one clear error; nothing is run."""
    text = "\n".join(",".join(cell.replace('"', '""') for cell in row) for row in rows)
    (tmp_path / "x.csv").write_bytes(text.encode(encoding, errors="replace"))
    try:
        found = read(tmp_path / "x.csv", tmp_path)
    except DataError as error:
        assert error.problems and not any("Traceback" in problem for problem in error.problems)
    else:
        assert "_row" in found


@functools.cache
def whole_file_of(kind):
    """A whole file of a kind, as bytes."""
    frame = pd.DataFrame({"id": ["a", "b", "c"] * 20, "n": [1.5, 2.0, 3.0] * 20})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"whole{kind}"
        if kind == ".parquet":
            frame.to_parquet(path)
        elif kind == ".xlsx":
            frame.to_excel(path, index=False)
        else:
            pyreadstat.write_sav(frame, str(path))
        return path.read_bytes()


PLACE = st.floats(0, 1, exclude_max=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([".parquet", ".xlsx", ".sav"]),
    PLACE,
    st.lists(st.tuples(PLACE, st.integers(0, 255)), max_size=5),
    st.booleans(),
)
def test_damaged_files_bring_a_data_error(tmp_path, kind, end, changes, whole):
    """A Parquet, Excel or SPSS file that ends too early, or has changed bytes, is data or one clear error."""
    content = bytearray(whole_file_of(kind))
    content = content if whole else content[: int(end * len(content)) + 1]
    for place, value in changes:
        content[int(place * len(content))] = value
    path = tmp_path / f"damaged{kind}"
    path.write_bytes(bytes(content))
    try:
        assert "_row" in read(path, tmp_path)
    except DataError as error:
        assert len(error.problems) == 1


def test_mixed_encodings_are_read_or_named(tmp_path):
    """A file whose first part is UTF-8 and whose second is Windows encoding is read as one of them, or refused."""
    (tmp_path / "x.csv").write_bytes("a,b\nÅse,1\n".encode() + "Bjørn,2\n".encode("cp1252"))
    assert read(tmp_path / "x.csv", tmp_path)["b"].tolist() == [1, 2]


def test_a_late_row_decides_the_type(tmp_path):
    """What the first rows look like is no proof: each of these columns has one value far below that says otherwise."""
    n = readers._FIRST_ROWS + 500
    late = {"word": ("7", "x"), "part": ("7", "1.5"), "comma": ("7", "1,5"), "zeros": ("7", "007"), "day": ("2026-01-02", "soon"),
            "old": ("2026-01-02", "1399-01-02"), "filled": ("", "7"), "digits": ("7", "۸"), "text": ("x", "7")}  # fmt: skip
    columns = {name: [usual] * n + [last] for name, (usual, last) in late.items()}
    pd.DataFrame(columns).to_csv(tmp_path / "orders.csv", index=False)
    found = read(tmp_path / "orders.csv", tmp_path)
    numbers = ["part", "comma", "digits", "filled"]
    assert all(pd.api.types.is_numeric_dtype(found[name]) for name in numbers)
    assert found[numbers].iloc[-1].tolist() == [1.5, 1.5, 8, 7]
    for name in ("word", "zeros", "day", "old", "text"):
        assert found[name].tolist() == columns[name], name
