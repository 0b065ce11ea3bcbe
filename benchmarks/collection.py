"""Step 01: a text file becomes a table whose types were told from all of its values, beside pandas reading the same file."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

import personakit as pk

_TURNS = 5
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_STUDY = "study: Speed\nas_of: 2026-06-30\nsources:\n  orders: {path: orders.csv}\n"


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Read order lines, with Latin and with Persian digits; each turn is compared with pandas just after it."""
    n = 50_000 if quick else 500_000
    for digits, aim in (("Latin", 30.0), ("Persian", 80.0)):
        with tempfile.TemporaryDirectory() as folder:
            table = order_lines(n, digits=digits)
            table.to_csv(Path(folder) / "orders.csv", index=False)
            (Path(folder) / "study.yaml").write_text(_STUDY, encoding="utf-8")
            study = pk.open_study(folder)
            turns = [_seconds(pk.load_sources, study) / _seconds(pd.read_csv, Path(folder) / "orders.csv")
                     for _ in range(_TURNS + 1)]  # fmt: skip
            ratio = round(median(turns[1:]), 2)
        yield {"figure": f"reading a text file, {digits} digits", "value": ratio, "unit": "times as long",
               "n": n, "peer": "pandas.read_csv, which keeps dates and Persian numbers as text", "aim": f"<= {aim:g}",
               "holds": ratio <= aim}  # fmt: skip


def order_lines(n: int, *, digits: str) -> pd.DataFrame:
    """Make order lines: whole numbers, fractions, dates, short codes and wordings of some length; they are synthetic."""
    rng = np.random.default_rng(1)
    words = np.array([f"{colour} {thing} with {part}" for colour in ("white", "red", "green") for thing in ("lamp", "box", "bag")
                      for part in ("a handle", "two lids", "roses")])  # fmt: skip
    moments = pd.Timestamp("2025-07-01") + pd.to_timedelta(rng.integers(0, 360 * 86_400, n), unit="s")
    table = pd.DataFrame({"customer_id": rng.integers(10_000, 20_000, n), "order_id": rng.integers(100_000, 500_000, n),
                          "ordered_at": moments.strftime("%Y-%m-%d %H:%M:%S"), "amount": rng.gamma(2, 10, n).round(2),
                          "quantity": rng.integers(1, 40, n), "item": rng.choice(words, n),
                          "country": rng.choice(["Norway", "Finland", "Iran"], n)})  # fmt: skip
    if digits == "Persian":
        for column in ("order_id", "amount", "quantity"):
            table[column] = table[column].astype(str).str.translate(_PERSIAN)
    return table


def _seconds(do: Callable[..., object], *given: object) -> float:
    begun = time.perf_counter()
    do(*given)
    return time.perf_counter() - begun
