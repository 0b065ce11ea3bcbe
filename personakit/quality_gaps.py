"""Step 02, what is noted about whole columns: gaps, constants, outliers, peaks, unknown customers, order of time."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from personakit.privacy_cells import small_cells
from personakit.privacy_speakers import is_called_interviewer, lines_of, named_after_people, who_asks
from personakit.quality_ledger import LARGE_ROWS, QualityLedger, Rule
from personakit.roles import AGREED, MADE_UP_ID, TIME_COLUMN

#: A value further from the quartiles than this many interquartile ranges is far from all others.
OUTLIER_SPREADS = 10.0
#: A day with this many times the rows of the median day, and this share of all rows, is a peak.
PEAK_TIMES, PEAK_SHARE = 10, 0.02
#: A number that stands in this share of the rows, and this many times as often as the next, is a peak.
VALUE_PEAK_SHARE, VALUE_PEAK_TIMES = 0.1, 5
_PEAK_FROM_VALUES = 30
#: An answer that fewer than this share of people give is rare.
RARE_SHARE = 0.0025
_MOST_ANSWERS, _COLUMNS_TO_COMPARE = 20, 8
_GROUPS = ("gender", "region", "occupation", "household", "channel", "device", "language")
MISSING_COLUMNS = [
    "source",
    "column",
    "group",
    "value",
    "n",
    "missing",
    "missing_share",
    "overall_share",
    "cramers_v",
    "p_adjusted",
]
_GROUP_V, _GROUP_P, _MOST_GROUPS = 0.1, 0.01, 12
_NOT_MEASURED = {"_row", "customer_id", "birth_year", "rating", "line", "year"}
_COLUMNS_PER_QUERY = 150
_ROWS_FOR_QUARTILES = 200_000
_FIRST_ROWS = 20_000
#: Where the register knows fewer than one row in ten, the ids are probably others than its own.
_NOT_KNOWN, _HARDLY_ANYBODY = "not in customers", 0.9
_WRONG_ID = ("used only where no customer is needed; is this the right column? If customers knows them by another id, such as an "
             "address, name that column under other_ids")  # fmt: skip


def note_columns(ledger: QualityLedger, role: str, table: Any, tables: dict[str, Any]) -> None:
    """Write down what is noticed about the columns of one source; nothing is left out."""
    filled = _gaps(ledger, role, table)
    _missing_by_group(ledger, role, table, filled)
    numeric = [c for c in _measured(ledger, role, table) if filled.get(c)]
    _outliers(ledger, role, table, numeric)
    _value_peaks(ledger, role, table, numeric)
    _day_peak(ledger, role, table)
    _rare_answers(ledger, role, table)
    _alike_but_for_id(ledger, role, table)
    if role == "interviews" and {"speaker", "text"} <= set(table.columns):
        _who_asks(ledger, table)
    if role != "customers" and "customers" in tables and "customer_id" in table.columns:
        _against_register(ledger, role, table, tables["customers"])


def _who_asks(ledger: QualityLedger, table: Any) -> None:
    """Transcripts in which it is worked out, or cannot be told, who asks; names are not written down."""
    named = ledger.study.sources["interviews"].interviewers
    lines = lines_of(table)
    asks = who_asks(lines, named)
    speakers = lines.dropna(subset=["speaker", "text"]).groupby("document_id")["speaker"].nunique()
    open_ = set(speakers[speakers > 1].index) - {document for document, _ in asks}
    worked_out = set() if named else {(document, who) for document, who in asks if not is_called_interviewer(who)}
    told = list(zip(lines["document_id"], lines["speaker"], strict=True))
    for column, rule, count, done in (
        ("speaker", "nobody in the transcript is known to ask", sum(document in open_ for document, _ in told),
         "all words count as customers'; name who asks under interviewers"),
        ("speaker", "said by who seems to ask", sum(line in worked_out for line in told),
         "counted as questions; if they are not, name who asks under interviewers"),
        ("document_id", "transcript named after somebody", int(lines["document_id"].isin(named_after_people(lines)).sum()),
         "kept, and told as evidence; rename the file"),
    ):  # fmt: skip
        ledger.write("interviews", column, rule, count, total=len(lines), severity="warning", done=done)


def _measured(ledger: QualityLedger, role: str, table: Any) -> list[str]:
    """Columns with amounts, counts or measures; answers on a scale are judged by the scale."""
    items = {c for block in ledger.study.sources[role].items.values() for c in block.columns}  # type: ignore[index]
    schema = table.schema()
    return [c for c in table.columns if schema[c].is_numeric() and c not in _NOT_MEASURED | items and role != "population"]


def _gaps(ledger: QualityLedger, role: str, table: Any) -> dict[str, int]:
    """Missing values, and columns with one value."""
    columns = [c for c in table.columns if c != "_row"]
    if ledger.rows.get(role, 0) > LARGE_ROWS:
        return _gaps_large(ledger, role, table, columns)
    important = set(AGREED[role]) | {c for block in ledger.study.sources[role].items.values() for c in block.columns}  # type: ignore[index]
    filled: dict[str, int] = {}
    for start in range(0, len(columns), _COLUMNS_PER_QUERY):
        batch = columns[start : start + _COLUMNS_PER_QUERY]
        sums = {f"n{i}": table[c].count() for i, c in enumerate(batch)}
        sums |= {f"same{i}": (table[c].min() == table[c].max()) for i, c in enumerate(batch)}
        row = table.aggregate(total=table.count(), **sums).to_pandas().iloc[0]
        total = ledger.rows[role] = int(row["total"])
        for i, column in enumerate(batch):
            n = filled[column] = int(row[f"n{i}"])
            if n < total and column in important and n:
                ledger.write(role, column, "missing", total - n, done="left missing")
            if (n == 0 or bool(row[f"same{i}"])) and total > 1 and role != "interviews":
                ledger.write(role, column, "the same in every row", max(n, 1), done="not used to tell customers apart")
    return filled


def _gaps_large(ledger: QualityLedger, role: str, table: Any, columns: list[str]) -> dict[str, int]:
    """
    The same for large tables, looking closer only where a cheap look finds something.

    A column that was full when it was opened is full now, and one that differs in the first rows is not the same in
    every row.
    """
    total = ledger.rows[role]
    known = ledger.filled.get(role, {})
    gappy = [c for c in columns if known.get(c, 0) < known.get("_row", total) and c != "customer_id"]
    filled = dict.fromkeys(columns, total)
    if gappy:
        counts = table.aggregate(**{f"n{i}": table[c].count() for i, c in enumerate(gappy)}).to_pandas().iloc[0]
        filled |= {c: int(counts[f"n{i}"]) for i, c in enumerate(gappy)}
    head = table.limit(_FIRST_ROWS)
    first = head.aggregate(**{f"d{i}": head[c].nunique() for i, c in enumerate(columns)}).to_pandas().iloc[0]
    alike = [c for i, c in enumerate(columns) if int(first[f"d{i}"]) <= 1]
    same = (
        table.aggregate(**{f"s{i}": table[c].min() == table[c].max() for i, c in enumerate(alike)}).to_pandas() if alike else None
    )
    for column in columns:
        n = filled[column]
        if 0 < n < total and column in AGREED[role]:
            ledger.write(role, column, "missing", total - n, done="left missing")
        if n == 0 or (same is not None and column in alike and bool(same.iloc[0][f"s{alike.index(column)}"])):
            ledger.write(role, column, "the same in every row", max(n, 1), done="not used to tell customers apart")
    return filled


def _missing_by_group(ledger: QualityLedger, role: str, table: Any, filled: dict[str, int]) -> None:
    """Say where values are missing more often in one group of people than in another."""
    from scipy.stats import chi2_contingency
    from statsmodels.stats.multitest import multipletests

    if role not in {"customers", "survey"}:
        return
    total = ledger.rows[role]
    gappy = [c for c, n in filled.items() if 0.005 * total < total - n < 0.995 * total][:_COLUMNS_PER_QUERY]
    groups = [c for c in _GROUPS if c in table.columns and table.schema()[c].is_string()]
    found: list[tuple[pd.DataFrame, str, str, float]] = []
    p_values: list[float] = []
    for group in groups:
        others = [c for c in gappy if c != group]
        if not others:
            continue
        named = table.filter(table[group].notnull())
        sums = {f"n{i}": named[c].count() for i, c in enumerate(others)}
        counts = named.group_by(group).aggregate(n=named.count(), **sums).order_by(group).to_pandas()
        counts = counts[counts["n"] >= max(ledger.study.privacy.min_cell, 5)]
        if not 2 <= len(counts) <= _MOST_GROUPS:
            continue
        for i, column in enumerate(others):
            cells = pd.DataFrame({"missing": counts["n"] - counts[f"n{i}"], "filled": counts[f"n{i}"]})
            if (cells.sum() == 0).any():
                continue
            test = chi2_contingency(cells.to_numpy(), correction=False)
            size = (test.statistic / cells.to_numpy().sum()) ** 0.5
            found.append((counts[[group, "n"]].assign(missing=cells["missing"]), column, group, float(size)))
            p_values.append(float(test.pvalue))
    if not found:
        return
    adjusted = multipletests(p_values, method="fdr_bh")[1]
    for (rows, column, group, size), p in zip(found, adjusted, strict=True):
        if size >= _GROUP_V and p < _GROUP_P:
            n_missing = int(rows["missing"].sum())
            overall = n_missing / rows["n"].sum()
            cells = pd.DataFrame({"missing": rows["missing"], "filled": rows["n"] - rows["missing"]})
            small = small_cells(cells, min_cell=ledger.study.privacy.min_cell).any(axis=1)
            rows = rows.assign(missing=rows["missing"].astype(float).mask(small))
            share = rows["missing"] / rows["n"]
            frame = pd.DataFrame({"source": role, "column": column, "group": group, "value": rows[group], "n": rows["n"],
                                  "missing": rows["missing"], "missing_share": share, "overall_share": overall,
                                  "cramers_v": size, "p_adjusted": p})  # fmt: skip
            ledger.missing.append(frame[MISSING_COLUMNS])
            ledger.write(role, column, f"missing more often in some groups of {group}", n_missing,
                         severity="warning", done="left missing; compare groups with care")  # fmt: skip


def _outliers(ledger: QualityLedger, role: str, table: Any, numeric: list[str]) -> None:
    """Values far beyond the middle half; kept, because a real large customer is not a mistake."""
    if not numeric:
        return
    large = ledger.rows[role] > LARGE_ROWS
    look = ledger.unfiltered.get(role, table) if large else table
    # of a large table every n-th row is enough to know the middle half
    every = max(ledger.rows[role] // _ROWS_FOR_QUARTILES, 1)
    sampled = large and "_row" in look.columns
    some = look.filter(look["_row"] % every == 0) if sampled else look
    middle: dict[str, Any] = {}
    extremes: dict[str, Any] = {}
    for i, column in enumerate(numeric):
        extremes |= {f"min{i}": look[column].min(), f"max{i}": look[column].max()}
        for name, share in (("low", 0.25), ("high", 0.75)):
            middle[f"{name}{i}"] = some[column].approx_quantile(share) if large and not sampled else some[column].quantile(share)
    if sampled:
        row = pd.concat([t.aggregate(**sums).to_pandas().iloc[0] for t, sums in ((some, middle), (look, extremes))])
    else:
        row = look.aggregate(**middle, **extremes).to_pandas().iloc[0]
    rules: list[Rule] = []
    for i, column in enumerate(numeric):
        low, high = float(row[f"low{i}"]), float(row[f"high{i}"])
        far = OUTLIER_SPREADS * (high - low)
        if far > 0 and not low - far <= float(row[f"min{i}"]) <= float(row[f"max{i}"]) <= high + far:
            rules.append(Rule(column, "far from all others", ~table[column].between(low - far, high + far)))
    ledger.apply(role, table, rules)


def _value_peaks(ledger: QualityLedger, role: str, table: Any, numeric: list[str]) -> None:
    """One number that stands far too often, such as a default that nobody changed."""
    columns = [c for c in ["birth_year", *numeric] if c in table.columns]
    if role not in {"customers", "survey"} or ledger.rows[role] > LARGE_ROWS:
        return
    for column in columns:
        known = table.filter(table[column].notnull())
        counts = known.group_by(column).aggregate(n=known.count()).order_by(ibis.desc("n"))
        top = counts.limit(2).to_pandas()["n"].tolist()
        different = int(counts.count().execute())
        if different >= _PEAK_FROM_VALUES and top[0] >= max(VALUE_PEAK_SHARE * ledger.rows[role], VALUE_PEAK_TIMES * top[1]):
            ledger.write(role, column, "one value stands far more often than any other", int(top[0]), severity="warning",
                         done="kept; is it a default that nobody changed?")  # fmt: skip


def _rare_answers(ledger: QualityLedger, role: str, table: Any) -> None:
    """Words of a short list that hardly anybody has: jokes, typing mistakes, leftovers."""
    if role not in {"customers", "survey"} or ledger.rows[role] > LARGE_ROWS:
        return
    for column in [c for c in table.columns if table.schema()[c].is_string() and c not in {"customer_id", "respondent_id"}]:
        known = table.filter(table[column].notnull())
        counts = known.group_by(column).aggregate(n=known.count()).order_by("n").limit(_MOST_ANSWERS + 1).to_pandas()["n"]
        rare = counts[counts < max(RARE_SHARE * ledger.rows[role], 2)]
        if 3 <= len(counts) <= _MOST_ANSWERS and len(rare) and len(rare) < len(counts):
            ledger.write(role, column, f"{len(rare)} answers that hardly anybody gives", int(rare.sum()),
                         done="kept; are they meant seriously?")  # fmt: skip


def _alike_but_for_id(ledger: QualityLedger, role: str, table: Any) -> None:
    """People who are the same in everything but their id; with many columns that is hardly chance."""
    columns = [c for c in table.columns if c not in {"_row", "customer_id"}]
    if role != "customers" or len(columns) < _COLUMNS_TO_COMPARE or ledger.rows[role] > LARGE_ROWS:
        return
    alike = int(table.count().execute()) - int(table.select(*columns).distinct().count().execute())
    ledger.write(role, "", "the same as an earlier row in all but the id", alike, severity="warning",
                 done="kept; may be one person twice")  # fmt: skip


def _day_peak(ledger: QualityLedger, role: str, table: Any) -> None:
    """One day with far too many rows, such as the day of an import."""
    column = TIME_COLUMN.get(role, "")
    if column not in table.columns:
        return
    looks = [ledger.unfiltered[role], table] if ledger.rows[role] > LARGE_ROWS and role in ledger.unfiltered else [table]
    for look in looks:  # of a large table the rows that are left are counted only when all rows together have a peak
        known = look.filter(look[column].notnull()) if look is table else look
        days = known.group_by(day=known[column].truncate("D")).aggregate(n=known.count()).to_pandas()["n"]
        limit = max(PEAK_TIMES * days.median(), PEAK_SHARE * days.sum()) if len(days) >= _PEAK_FROM_VALUES else float("inf")
        if not len(days) or days.max() <= limit:
            return
    ledger.write(role, column, "one day has far more rows than any usual day", int(days.max()), severity="warning",
                 done="kept; was it an import?")  # fmt: skip


def _against_register(ledger: QualityLedger, role: str, table: Any, customers: Any) -> None:
    """Ids that the register does not know, and rows dated before the customer joined."""
    time = TIME_COLUMN.get(role, "")
    columns = ["customer_id", *(c for c in ("_row", time) if c in table.columns)]
    own = table.select(*dict.fromkeys(columns)).filter(table.customer_id.notnull())
    dated = "joined_on" in customers.columns and time in table.columns and role in {"orders", "events", "tickets"}
    joined = customers.joined_on if dated else ibis.null("timestamp")
    register = customers.select(_known_id="customer_id", _joined=joined, _known=ibis.literal(True))
    both = own.left_join(register, own.customer_id == register["_known_id"])
    rules = [Rule("customer_id", _NOT_KNOWN, both["_known"].isnull(), severity="note",
                  done="used only where no customer is needed")]  # fmt: skip
    if dated:
        early = both[time] < both["_joined"].truncate("D")
        rules.append(Rule(time, "dated before the customer joined", early, severity="note", done="kept; check it"))
    total = ledger.rows[role]
    ledger.apply(role, both, rules)
    ledger.rows[role] = total
    for problem in ledger.problems:
        unknown = (problem["source"], problem["rule"]) == (role, _NOT_KNOWN) and problem["share"] > _HARDLY_ANYBODY
        if unknown and _has_ids_of_customers(ledger, role, table):
            problem.update(severity="warning", done=_WRONG_ID)


def _has_ids_of_customers(ledger: QualityLedger, role: str, table: Any) -> bool:
    """Whether the file names customers; a survey that does not has ids of respondents, or of rows."""
    spec = ledger.study.sources[role]  # type: ignore[index]
    if role != "survey" or "customer_id" in {*spec.columns, *spec.computed}:
        return True
    others = table.customer_id.startswith(MADE_UP_ID)
    if "respondent_id" in table.columns:
        others |= table.customer_id == table.respondent_id
    return not table.aggregate(n=others.ifelse(1, 0).max()).to_pandas()["n"].iloc[0]
