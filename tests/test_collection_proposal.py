"""A first study file is proposed from files in four languages, and can be used as it is."""

import json

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import personakit as pk
from personakit.cli import app
from personakit.errors import StudyError

runner = CliRunner()


def test_files_of_the_shop_are_recognised(small_shop, tmp_path):
    """Roles, items, scales, consent per purpose and personal columns; the proposal passes its own check."""
    small_shop.write(tmp_path)
    (tmp_path / "truth.parquet").unlink()
    text = pk.propose_study(tmp_path)
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    study = pk.open_study(tmp_path)
    assert set(study.sources) == {
        "customers",
        "orders",
        "events",
        "survey",
        "interviews",
        "tickets",
        "campaigns",
        "mentions",
        "population",
    }
    items = study.sources["survey"].items
    assert items["needs"].scale == (1, 5) and len(items["needs"].columns) == 12
    assert (
        items["recommendation"].kind == "nps" and items["interests"].kind == "pick_any" and items["open_answers"].kind == "text"
    )
    assert study.privacy.consent == {"personas": "research_ok", "quotes": "quotes_ok", "marketing": "marketing_ok"}
    assert set(study.privacy.drop) == {"name", "email", "phone"}
    assert study.segmentation.basis == ["needs"] and str(study.as_of) == "2026-06-29"
    assert pk.check_quality(pk.load_sources(study)).clean["customers"].count().execute() == 600


@pytest.mark.parametrize(
    "columns",
    [
        (["Kundenr", "Fødselsår", "Kjønn", "Kommune", "Samtykke", "E-post"]),
        (["Asiakasnumero", "Syntymävuosi", "Sukupuoli", "Kunta", "Suostumus", "Sähköposti"]),
        (["کد مشتری", "سال تولد", "جنسیت", "شهر", "رضایت", "ایمیل"]),
    ],
)  # fmt: skip
def test_columns_in_other_languages(tmp_path, columns):
    """Agreed columns, consent and personal columns are known by their names in four languages."""
    rows = [[f"K{i}", 1980 + i % 20, "x" if i % 2 else "y", f"T{i % 3}", "ja", f"a{i}@b.no"] for i in range(30)]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "data.csv", index=False, encoding="utf-8")
    proposed = yaml.safe_load(pk.propose_study(tmp_path).replace("YYYY-MM-DD", "2026-01-01"))
    assert proposed["sources"]["customers"]["columns"] == dict(
        zip(("customer_id", "birth_year", "gender", "region"), columns[:4], strict=True)
    )
    assert proposed["privacy"]["consent"] == columns[4] and proposed["privacy"]["drop"] == [columns[5]]


def test_unreadable_and_unfitting_files_are_named(tmp_path):
    """A file that cannot be used is a comment, not a stop."""
    (tmp_path / "orders.csv").write_text("kunde,dato,beløp\nC1,2025-01-01,5\n", encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"x")
    (tmp_path / "colours.csv").write_text("colour\nred\n", encoding="utf-8")
    text = pk.propose_study(tmp_path)
    assert yaml.safe_load(text)["sources"]["orders"]["columns"] == {
        "customer_id": "kunde",
        "ordered_at": "dato",
        "amount": "beløp",
    }
    assert "# not used: broken.xlsx cannot be read as an Excel file" in text and "not used: colours.csv: it is not known" in text


def test_nothing_is_overwritten_without_asking(tmp_path):
    """The command writes once, then asks for --overwrite; an empty folder is named."""
    (tmp_path / "orders.csv").write_text("kunde,dato,beløp\nC1,2025-01-01,5\n", encoding="utf-8")
    assert runner.invoke(app, ["init", str(tmp_path)]).exit_code == 0
    (tmp_path / "study.yaml").write_text("mine", encoding="utf-8")
    refused = runner.invoke(app, ["init", str(tmp_path)])
    assert isinstance(refused.exception, StudyError) and "--overwrite" in str(refused.exception)
    assert (tmp_path / "study.yaml").read_text(encoding="utf-8") == "mine"
    assert runner.invoke(app, ["init", str(tmp_path), "--overwrite"]).exit_code == 0
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match="empty has no file that could be a source"):
        pk.propose_study(tmp_path / "empty")


def test_amount_is_worked_out_from_quantity_and_price(tmp_path):
    """Order lines without an amount get quantity times price; without a quantity the price is the amount."""
    lines = pd.DataFrame(
        {"CustomerID": ["C1", "C2", "C1"], "InvoiceDate": ["2025-01-01"] * 3, "Quantity": [1, 2, 3], "UnitPrice": [1.5, 2.5, 3.5]}
    )
    lines.to_csv(tmp_path / "lines.csv", index=False)
    assert yaml.safe_load(pk.propose_study(tmp_path))["sources"]["orders"]["computed"] == {"amount": "Quantity * UnitPrice"}
    lines.drop(columns="Quantity").to_csv(tmp_path / "lines.csv", index=False)
    assert yaml.safe_load(pk.propose_study(tmp_path))["sources"]["orders"]["columns"]["amount"] == "UnitPrice"


def test_questions_that_stand_alone_become_one_block(tmp_path):
    """Yes-or-no questions with names of their own are one block, which makes the segments; counts are no ratings."""
    said = {"yummy": 2, "cheap": 3, "fast": 5}
    rows = [{name: "Yes" if i % n else "No" for name, n in said.items()} | {"kids": i % 3, "age": 20 + i} for i in range(60)]
    pd.DataFrame(rows).to_csv(tmp_path / "brand.csv", index=False)
    proposed = yaml.safe_load(pk.propose_study(tmp_path))
    items = proposed["sources"]["survey"]["items"]
    assert list(items["answers"]["columns"]) == ["yummy", "cheap", "fast"] and proposed["segmentation"]["basis"] == ["answers"]
    assert items["numbers"]["columns"] == {"kids": "kids"} and proposed["sources"]["survey"]["path"] == "brand.csv"


def test_a_register_is_told_from_a_survey(tmp_path):
    """A column called ID that never repeats, and facts about people, make a register of customers."""
    rows = [
        {"ID": i, "Year_Birth": 1950 + i % 40, "Income": 1000 * i, "Marital_Status": "Single", "Kidhome": i % 3}
        for i in range(80)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "people.csv", index=False)
    proposed = yaml.safe_load(pk.propose_study(tmp_path).replace("YYYY-MM-DD", "2025-01-01"))
    assert proposed["sources"]["customers"]["columns"] == {
        "customer_id": "ID", "birth_year": "Year_Birth", "household": "Marital_Status", "income": "Income",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["date_of_birth", "Fødselsdato", "syntymäaika", "تاریخ_تولد"])
@pytest.mark.parametrize("dates", [["01.02.1990", "28.11.2001"], ["1990-02-01", "2001-11-28"]])
def test_days_of_birth_are_not_the_last_day(tmp_path, name, dates):
    """Nobody would want a study of the year in which the youngest customer was born."""
    pd.DataFrame({"customer_id": ["a", "b"], name: dates, "region": ["x", "y"]}).to_csv(tmp_path / "customers.csv", index=False)
    assert "as_of: YYYY-MM-DD " in pk.propose_study(tmp_path)


@pytest.mark.parametrize(
    ("dates", "as_of", "said"),
    [
        (["24.01.2025", "03.02.2025 14:05", "28.02.2025"], "as_of: 2025-02-28 ", ""),
        (["۱۴۰۴/۱۰/۲۸", "۱۴۰۴/۰۱/۲۵", "۱۴۰۴/۱۱/۱۵"], "as_of: 2026-02-04 ", "    calendar: persian "),
        (["03/04/2025", "05/06/2025", "01/02/2025"], "as_of: YYYY-MM-DD ", "    # date_order: day "),
        (["10.0.0.1", "10.0.0.2", "10.1.0.3"], "as_of: YYYY-MM-DD ", "    # date_order: day "),
    ],
)
def test_dates_as_people_write_them(tmp_path, dates, as_of, said):
    """The last day is found, and the calendar, where the dates can be read in one way only; the proposal can be used then."""
    table = pd.DataFrame({"customer_id": ["a", "b", "c"], "ordered_at": dates, "amount": [10, 20, 30]})
    table.to_csv(tmp_path / "orders.csv", index=False)
    text = pk.propose_study(tmp_path)
    assert as_of in text and (said in text if said else "date_order" not in text and "calendar" not in text)
    if "YYYY" not in text:
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        overview = pk.load_sources(pk.open_study(tmp_path)).overview()
        assert str(overview.loc["orders", "last"]) == as_of.removeprefix("as_of: ").strip()


FORM = """Timestamp,I want the lowest price,I always buy the cheapest,A price tells all,How often do you buy online?,\
How satisfied are you?,Where do you shop? (several answers),What is better now?
"""


def _form(n=60):
    """What a web form exports: sentences as columns, answers in words, several answers in one cell."""
    agree = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    often = ["Never", "Sometimes", "Always"]
    happy = ["Very dissatisfied", "Dissatisfied", "Satisfied", "Very satisfied"]
    shops = ["Web", "Web;Shop", "Shop", "Web;By phone", "Shop;By phone", "By phone"]
    rows = []
    for i in range(n):
        agreed = [agree[i * k % 5] for k in (1, 2, 3)]
        said = f"It took {i} days less than it did the year before"
        rows.append([f"2026-02-{1 + i % 28:02d} 10:00", *agreed, often[i % 3], happy[i % 4], shops[i % 6], said])
    rows[0][1] = "Don't know"
    return pd.DataFrame(rows, columns=FORM.strip().split(","))


def test_a_form_export_becomes_a_study(tmp_path):
    """Answers in words become ratings, several answers in a cell a column each, and the proposal can be used as it is."""
    _form().to_csv(tmp_path / "form.csv", index=False)
    text = pk.propose_study(tmp_path)
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    study = pk.open_study(tmp_path)
    items = study.sources["survey"].items
    assert {name: block.kind for name, block in items.items()} == {
        "agreement": "likert", "frequency": "likert", "satisfaction": "csat", "where_do_you": "pick_any", "open_answers": "text",
    }  # fmt: skip
    assert items["agreement"].levels[0] == "Strongly disagree" and items["agreement"].scale == (1, 5)
    assert len(items["agreement"].columns) == 3 and items["satisfaction"].scale == (1, 4)
    assert list(items["where_do_you"].columns.values()) == [f"Where do you shop: {x}" for x in ("By phone", "Shop", "Web")]
    assert text.count("# about: need") == 3  # nothing tells what agreement, frequency and the shops are about
    assert study.segmentation.basis == ["agreement"] and study.sources["survey"].columns == {"answered_at": "Timestamp"}
    clean = pk.check_quality(pk.load_sources(study)).clean["survey"].to_pandas().set_index("_row").sort_index()
    assert clean["I always buy the cheapest"].tolist()[:5] == [1, 3, 5, 2, 4] and pd.isna(
        clean["I want the lowest price"].iloc[0]
    )
    assert clean["where_do_you_web"].tolist()[:6] == [True, True, False, True, False, False]


def test_names_with_signs_of_their_own(tmp_path):
    """Names of columns with commas, question marks and brackets are lists of the same names in the study file."""
    columns = {"Your e-mail, please?": "a@b.no", "E-mail [work, home]": "c@d.no"}
    pd.DataFrame([{"customer_id": f"C{i}"} | columns for i in range(9)]).to_csv(tmp_path / "customers.csv", index=False)
    proposed = yaml.safe_load(pk.propose_study(tmp_path).replace("YYYY-MM-DD", "2026-01-01"))
    assert proposed["privacy"]["drop"] == sorted(columns)


def test_few_texts_again_and_again_are_a_choice(tmp_path):
    """Long answers that come back are choices, long ones that differ open answers; numbers come with their scale."""
    long = ["I come here every day of the week", "I come here once or twice a month", "I come here when I have to"]
    rows = [{"respondent_id": i, "visits": long[i % 3], "said": f"What I want is thing number {i}",
             "like": ["I hate it!-2", "-1", "0", "1", "I love it!+2"][i % 5], "row": i + 1, "Age": 20 + i,
             "Gender": ["woman", "man"][i % 2], "Occupation": 7, "hours": i * i} for i in range(40)]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "survey.csv", index=False)
    survey = yaml.safe_load(pk.propose_study(tmp_path).replace("YYYY-MM-DD", "2026-01-01"))["sources"]["survey"]
    items = survey["items"]
    assert survey["columns"] == {"age": "Age", "gender": "Gender"}  # facts as in a register; a code is no occupation
    assert items["numbers"]["columns"] == {"hours": "hours"}  # and the number of a row no answer
    assert items["choices"]["columns"] == {"visits": "visits"} and items["open_answers"]["columns"] == {"said": "said"}
    assert items["ratings"]["scale"] == [-2, 2] and items["ratings"]["levels"][0] == "I hate it!-2"


def test_a_form_of_choices_is_a_survey(tmp_path):
    """Columns that are questions make a survey, also where none is rated; a register of few words does not become one."""
    asked = ["Which drink do you like best?", "Where do you drink it", "With whom do you drink it"]
    rows = [[f"2026-01-{1 + i % 28:02d}", *("abc"[(i * k) % 3] for k in (1, 2, 4))] for i in range(40)]
    pd.DataFrame(rows, columns=["Timestamp", *asked]).to_csv(tmp_path / "export.csv", index=False)
    proposed = yaml.safe_load(pk.propose_study(tmp_path))["sources"]
    assert list(proposed) == ["survey"] and list(proposed["survey"]["items"]["choices"]["columns"]) == asked


def test_a_second_file_of_a_kind_is_named(tmp_path):
    """Who exports each year to a file of its own is told which one is used."""
    for year in (2024, 2025):
        (tmp_path / f"orders {year}.csv").write_text(f"kunde,dato,beløp\nC1,{year}-01-01,5\n", encoding="utf-8")
    text = pk.propose_study(tmp_path)
    assert "# not used: orders 2025.csv: looks like orders, as orders 2024.csv does, which is used" in text
    assert list(yaml.safe_load(text)["sources"]) == ["orders"]  # the other one is no register of customers


def _qualtrics(n=40):
    """An export of Qualtrics: names, wordings (one of them in two lines), marks of its own, and answers in words."""
    agree = ["Strongly disagree", "Somewhat disagree", "Somewhat agree", "Strongly agree"]
    uses = ["Web shop,Store", "Store", "Web shop", "Store,App", "App"]
    about = ["Price decides", "I want advice", "It has to be quick"]
    columns = {"StartDate": "Start Date", "EndDate": "End Date", "IPAddress": "IP Address", "Progress": "Progress",
               "Finished": "Finished", "ResponseId": "Response ID", "LocationLatitude": "Location Latitude",
               **{f"Q1_{i}": f"How far do you agree?\n\nAnswer all. - {what}" for i, what in enumerate(about, start=1)},
               "Q2": "Which do you use? Select all. - Selected Choice", "Q3": "How likely are you to recommend us?",
               "Q4": "How old are you?", "Q5": "What is your gender?"}  # fmt: skip
    rows = [list(columns.values()), [json.dumps({"ImportId": name}) for name in columns]]
    for i in range(n):
        begun, ended = f"2026-06-{1 + i % 28:02d} 10:00:00", f"2026-06-{1 + i % 28:02d} 10:07:00"
        answers = [agree[i // k % 4] for k in (1, 2, 4)]
        rows.append([begun, ended, f"10.0.0.{i}", 100, "True", f"R_{i:04d}", f"59.9{i}", *answers, uses[i % 5], 5 + i % 6, 20 + i,
                     ["Male", "Female"][i % 2]])  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_of_qualtrics(tmp_path, ending):
    """Rows that describe columns hold no data and give the wordings; what the tool adds is no question; it can be used."""
    write = {"csv": pd.DataFrame.to_csv, "xlsx": pd.DataFrame.to_excel}[ending]
    write(_qualtrics(), tmp_path / f"export.{ending}", index=False)
    (tmp_path / "study.yaml").write_text(pk.propose_study(tmp_path), encoding="utf-8")
    study = pk.open_study(tmp_path)
    survey = study.sources["survey"]
    assert survey.extra_header_rows == 2 and survey.columns == {
        "respondent_id": "ResponseId", "answered_at": "EndDate", "age": "Q4", "gender": "Q5"}  # fmt: skip
    assert {name: list(block.columns.values()) for name, block in survey.items.items()} == {
        "agreement": ["Price decides", "I want advice", "It has to be quick"],
        "q2": [f"Which do you use? Select all: {answer}" for answer in ("Store", "App", "Web shop")],
        "recommendation": ["How likely are you to recommend us?"],
    }
    assert survey.items["recommendation"].kind == "nps" and study.privacy.drop == ["IPAddress", "LocationLatitude"]
    clean = pk.check_quality(pk.load_sources(study)).clean["survey"].order_by("_row").to_pandas()
    assert len(clean) == 40 and clean["Q1_1"].tolist()[:4] == [1, 2, 3, 4]
    assert clean["q2_web_shop"].tolist()[:3] == [True, False, True]


def test_an_export_of_surveymonkey(tmp_path):
    """Answers stand below their question: those of columns without a name become yes or no, others are wordings."""
    names = "Respondent ID,End Date,How satisfied are you?,Which do you use?,,,What is missing?"
    below = ",,Response,Web,Shop,App,Open-Ended Response"
    happy = ["Dissatisfied", "Satisfied", "Very satisfied"]
    rows = [",".join([str(100 + 3 * i), f"2026-05-{1 + i % 28:02d}", happy[i % 3], "Web" * (i % 2 > 0), "Shop" * (i % 3 > 0),
                      "App" * (i % 5 > 0), f"I would like to have number {i}"]) for i in range(40)]  # fmt: skip
    (tmp_path / "survey.csv").write_text("\n".join([names, below, *rows, ""]), encoding="utf-8")
    (tmp_path / "study.yaml").write_text(pk.propose_study(tmp_path), encoding="utf-8")
    study = pk.open_study(tmp_path)
    survey = study.sources["survey"]
    assert survey.extra_header_rows == 1 and survey.columns == {"respondent_id": "Respondent ID", "answered_at": "End Date"}
    assert {name: block.kind for name, block in survey.items.items()} == {
        "satisfaction": "csat", "which_do_you": "pick_any", "open_answers": "text"}  # fmt: skip
    assert list(survey.items["which_do_you"].columns.values()) == [f"Which do you use: {x}" for x in ("Web", "Shop", "App")]
    clean = pk.check_quality(pk.load_sources(study)).clean["survey"].order_by("_row").to_pandas()
    assert clean["which_do_you_shop"].tolist()[:4] == [False, True, True, False]


def test_questions_and_answers_that_begin_alike(tmp_path):
    """Two questions, and two answers, with the same first words become columns of their own."""
    names = ["Respondent ID", "Which of these do you know?", "Which of these do you buy?", "What do you think of it?", "", "Why?"]
    below = ["", "Response", "Response", "I like it a lot", "I like it a little", "Open-Ended Response"]
    know, buy = ["Web;Shop", "Shop", "Web", "App;Shop", "App"], ["App", "Web;App", "Web", "Shop", "Shop;App"]
    rows = [[str(7 * i), know[i % 5], buy[i % 5], below[3] * (i % 2), below[4] * (i % 3 > 0), f"It is thing number {i} of all"]
            for i in range(40)]  # fmt: skip
    lines = [",".join(row) for row in (names, below, *rows)]
    (tmp_path / "survey.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = pk.propose_study(tmp_path).replace("YYYY-MM-DD", "2026-01-01")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    study = pk.open_study(tmp_path)
    items = study.sources["survey"].items
    asked = [column for block in items.values() if block.kind == "pick_any" for column in block.columns]
    assert len(asked) == len(set(asked)) == len(study.sources["survey"].computed) == 8
    clean = pk.check_quality(pk.load_sources(study)).clean["survey"].order_by("_row").to_pandas()
    wording = {column: words for block in items.values() for column, words in block.columns.items()}
    said = {words: clean[column].tolist()[:5] for column, words in wording.items() if column in asked}
    assert said["Which of these do you know: Web"] == [True, False, True, False, False]
    assert said["Which of these do you buy: Web"] == [False, True, True, False, False]
    assert said["What do you think of it: I like it a lot"] == [False, True, False, True, False]
    assert said["What do you think of it: I like it a little"] == [False, True, True, False, True]


@pytest.fixture
def of_a_web_shop(tmp_path):
    """Files as a shop system, a help desk, a form and a web log write them; each has numbers of its own, all have the address."""
    people = [f"p{i}@example.com" for i in range(60)]
    customers = pd.DataFrame({"Customer ID": [f"'{6_000_000 + i}" for i in range(60)], "First Name": "Ada", "Last Name": "Berg",
                              "Email": people, "Accepts Email Marketing": ["yes", "no"] * 30,
                              "Default Address City": ["Oslo", "Turku"] * 30,
                              "Default Address Address1": [f"Side {i}" for i in range(60)]})  # fmt: skip
    lines = []
    for i in range(90):
        whole = {"Name": f"#{1001 + i}", "Email": people[i % 50].upper(), "Created at": f"2026-0{1 + i % 5}-10 10:22:33 +0100"}
        once = {"Financial Status": "paid", "Fulfilled at": "2026-09-01 08:00:00 +0100", "Total": 34.9, "Id": 70_000 + i}
        for line in range(1 + i % 2):
            lines.append(whole | (once if line == 0 else {}) | {
                "Lineitem quantity": 1 + line, "Lineitem name": f"shoe {line}", "Lineitem price": 10.0})  # fmt: skip
    tickets = pd.DataFrame({"ID": range(900, 940), "Requester": "Ada Berg", "Requester email": people[:40], "Subject": "return",
                            "Description": [f"It does not fit, number {i}" for i in range(40)],
                            "Status": ["Solved", "Open", "Closed", "Pending"] * 10,
                            "Created at": "2026-04-02 09:10"})  # fmt: skip
    events = pd.DataFrame({"event_date": 20260301, "event_timestamp": [1_772_359_200_000_000 + i for i in range(120)],
                           "event_name": ["page_view", "purchase"] * 60, "user_pseudo_id": [f"{i}.7" for i in range(120)],
                           "user_id": [people[i % 30] for i in range(120)]})  # fmt: skip
    survey = pd.DataFrame({"Timestamp": "2026-05-01 10:00", "Email Address": [who.capitalize() for who in people[:50]],
                           **{f"need_{i}": [1 + (i + n) % 5 for n in range(50)] for i in range(6)}})  # fmt: skip
    for name, table in {"customers_export": customers, "orders_export_1": pd.DataFrame(lines), "desk_tickets": tickets,
                        "web_events": events, "survey_responses": survey}.items():  # fmt: skip
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_files_of_a_web_shop_hang_together_by_the_address(of_a_web_shop):
    """The address names the customer, in capitals or not; lines make orders, counts make moments, and names stay behind."""
    text = pk.propose_study(of_a_web_shop)
    proposed = yaml.safe_load(text)
    sources = proposed["sources"]
    assert set(sources) == {"customers", "orders", "events", "survey", "tickets"} and "not used" not in text
    assert sources["customers"]["columns"] == {"customer_id": "Email", "region": "Default Address City"}
    assert sources["orders"]["columns"] == {"ordered_at": "Created at", "order_id": "Name", "quantity": "Lineitem quantity",
                                            "product": "Lineitem name"}  # fmt: skip
    assert sources["orders"]["computed"] == {"customer_id": 'lower("Email")', "amount": '"Lineitem quantity" * "Lineitem price"'}
    assert sources["events"]["columns"] == {"customer_id": "user_id", "at": "event_timestamp", "touchpoint": "event_name"}
    assert sources["survey"]["computed"] == {"customer_id": 'lower("Email Address")'}
    assert sources["tickets"]["computed"] == {"resolved": "\"Status\" IN ('Closed', 'Solved')"}
    assert proposed["privacy"]["consent"] == {"marketing": "Accepts Email Marketing"} and str(proposed["as_of"]) == "2026-05-10"
    assert {"First Name", "Last Name", "Default Address Address1", "Email", "Email Address"} <= set(proposed["privacy"]["drop"])
    (of_a_web_shop / "study.yaml").write_text(text, encoding="utf-8")
    clean = pk.check_quality(pk.load_sources(pk.open_study(of_a_web_shop))).clean
    orders = clean["orders"].to_pandas()
    assert len(orders) == 135 and orders["order_id"].nunique() == 90 and orders["amount"].sum() == 90 * 10 + 45 * 20
    assert set(orders["customer_id"]) <= set(clean["customers"].to_pandas()["customer_id"])
    assert clean["events"].to_pandas()["at"].astype(str).str[:16].unique().tolist() == ["2026-03-01 10:00"]
    assert clean["tickets"].to_pandas()["resolved"].sum() == 20


def test_numbers_of_customers_count_where_they_join_as_many_files(of_a_web_shop):
    """The address counts where it joins more files than the number does; a log without addresses joins by neither."""
    log = of_a_web_shop / "web_events.csv"
    pd.read_csv(log).assign(user_id=[f"u{i}" for i in range(120)]).to_csv(log, index=False)
    for name, column in (
        ("orders_export_1", "Email"),
        ("desk_tickets", "Requester email"),
        ("survey_responses", "Email Address"),
    ):
        file = of_a_web_shop / f"{name}.csv"
        table = pd.read_csv(file)
        table["customer_id"] = "'" + (6_000_000 + table[column].str.casefold().str.extract(r"p(\d+)@")[0].astype(int)).astype(str)
        table.to_csv(file, index=False)
    sources = yaml.safe_load(pk.propose_study(of_a_web_shop))["sources"]
    assert sources["customers"]["columns"]["customer_id"] == "Customer ID"
    assert "customer_id" not in sources["orders"]["columns"] and "customer_id" not in sources["orders"]["computed"]
    assert "other_ids" not in sources["customers"]


def test_a_register_that_knows_number_and_address_joins_both(of_a_web_shop):
    """Orders by the number, the survey and the desk by the address: all belong to the number, and nobody is there twice."""
    file = of_a_web_shop / "orders_export_1.csv"
    table = pd.read_csv(file)
    number = 6_000_000 + table["Email"].str.casefold().str.extract(r"p(\d+)@")[0].astype(int)
    table.assign(**{"Customer ID": "'" + number.astype(str)}).drop(columns="Email").to_csv(file, index=False)
    text = pk.propose_study(of_a_web_shop)
    sources = yaml.safe_load(text)["sources"]
    assert sources["customers"]["columns"]["customer_id"] == "Customer ID" and sources["customers"]["other_ids"] == ["Email"]
    assert (
        sources["orders"]["columns"]["customer_id"] == "Customer ID"
        and sources["tickets"]["columns"]["customer_id"] == "Requester email"
    )
    (of_a_web_shop / "study.yaml").write_text(text, encoding="utf-8")
    study = pk.open_study(of_a_web_shop)
    loaded = pk.load_sources(study)
    assert loaded.overview()["linked_share"].dropna().eq(1).all()
    clean = pk.check_quality(loaded).clean
    people = set(clean["customers"].to_pandas()["customer_id"])
    assert all(name.startswith("'6") for name in people)
    for role in ("orders", "survey", "tickets", "events"):
        assert set(clean[role].to_pandas()["customer_id"]) <= people, role
    assert clean["survey"].count().execute() == 50


@pytest.mark.parametrize("called", ["customers_export", "people"])
def test_numbers_that_count_something_else_join_nothing(of_a_web_shop, called):
    """Customers, tickets and answers are all numbered from 1 on in a column called ID; only the register's is the customer's."""
    for name in ("customers_export", "desk_tickets", "survey_responses"):
        file = of_a_web_shop / f"{name}.csv"
        table = pd.read_csv(file).drop(columns=["Customer ID", "ID"], errors="ignore")
        table.insert(0, "ID", range(1, len(table) + 1))
        table.iloc[::-1].to_csv(file, index=False)
    file = of_a_web_shop / "orders_export_1.csv"
    orders = pd.read_csv(file)
    orders["customer_id"] = orders["Email"].str.casefold().str.extract(r"p(\d+)@")[0].astype(int) + 1
    orders.drop(columns="Email").to_csv(file, index=False)
    if called == "people":  # then it is told by whom the orders name
        (of_a_web_shop / "customers_export.csv").rename(of_a_web_shop / "people.csv")
        orders.loc[len(orders) - 1, "customer_id"] = 60
        orders.drop(columns="Email").to_csv(file, index=False)
    sources = yaml.safe_load(pk.propose_study(of_a_web_shop))["sources"]
    assert sources["customers"]["columns"]["customer_id"] == "ID" and sources["customers"]["other_ids"] == ["Email"]
    assert sources["tickets"]["columns"]["customer_id"] == "Requester email"
    assert sources["survey"]["computed"]["customer_id"] == 'lower("Email Address")'
