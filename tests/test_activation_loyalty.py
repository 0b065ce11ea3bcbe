"""Staying away and the next purchase: better than a simple rule or refused, and nothing known of the future."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.activation_loyalty import (
    NO_BETTER_NEED,
    NO_BETTER_RISK,
    NO_CATEGORIES,
    NO_ORDERS,
    TOO_FEW,
    TOO_SHORT,
    predict_loyalty,
)

STUDY = "study: T\nas_of: 2026-06-30\nsources: {orders: {path: orders.csv}}\nquality: {duplicates: {orders: keep}}\n"


def shop(n, *, habit, faithful, seed=1, days=540):
    """Orders of people who buy every so many days and then stop, or at random; categories follow a liking, or nothing."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        pause = rng.choice([10.0, 60.0]) if habit else 40.0
        ends = rng.uniform(60, days * 1.6) if habit else days
        likes, at = rng.integers(3), rng.uniform(0, 120)
        while at < min(days, ends):
            category = "abc"[likes] if faithful and rng.random() < 0.8 else "abc"[rng.integers(3)]
            rows.append((f"C{number}", pd.Timestamp("2026-06-30") - pd.Timedelta(days=days - at), 10.0, category))
            at += rng.exponential(pause)
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "category"])


def sources_of(write_study, orders):
    return pk.load_sources(pk.open_study(write_study(STUDY, orders=orders)))


def test_planted_habits_are_found(write_study):
    """Frequent buyers who fall silent are gone, rare ones are not: behaviour tells more than recency; likes come again."""
    risk, need = predict_loyalty(sources_of(write_study, shop(900, habit=True, faithful=True)))
    assert risk.useful and risk.gain_low > 0 and risk.right > risk.right_by_rule
    assert need.useful and need.right > need.right_by_rule > 1 / 3 and set(need.now["category"]) == {"a", "b", "c"}
    assert set(risk.now["level"]) <= {"high", "medium", "low"} and risk.now["chance"].between(0, 1).all()
    near = (risk.calibration["ci_low"] - 0.06 <= risk.calibration["predicted"]) & (
        risk.calibration["predicted"] <= risk.calibration["ci_high"] + 0.06)  # fmt: skip
    assert near.mean() >= 0.7


def test_no_better_is_refused(write_study):
    """Everybody buys at random: both are refused in plain words, and foretell nothing."""
    refused = []
    for seed in range(5):
        risk, need = predict_loyalty(sources_of(write_study, shop(500, habit=False, faithful=False, seed=seed)))
        refused += [(risk.refused == NO_BETTER_RISK, need.refused == NO_BETTER_NEED)]
        assert all(made.useful or made.now.empty for made in (risk, need))
    assert np.sum(refused) >= 9  # of ten


def test_the_future_changes_nothing(write_study):
    """Orders after the day of the trial may be anything: what was learnt, and on whom it was tried, stay the same."""
    orders = shop(600, habit=True, faithful=True, seed=3)
    first, _ = predict_loyalty(sources_of(write_study, orders))
    tried = pd.Timestamp(first.tried_on) + pd.Timedelta(days=1)
    moved = orders.copy()
    later = moved["ordered_at"] >= tried
    span = (pd.Timestamp("2026-06-30") - tried).total_seconds()
    moved.loc[later, "ordered_at"] = tried + pd.to_timedelta(
        np.random.default_rng(1).uniform(0, span, int(later.sum())), unit="s"
    )
    moved.loc[later, "category"] = "c"
    moved.loc[moved.index[later][-1], "ordered_at"] = orders.loc[later, "ordered_at"].max()
    second, _ = predict_loyalty(sources_of(write_study, moved))
    assert (first.window_days, first.learnt_on, first.tried_on, first.n) == (
        second.window_days, second.learnt_on, second.tried_on, second.n)  # fmt: skip
    assert first.calibration["predicted"].tolist() == second.calibration["predicted"].tolist()


@pytest.mark.parametrize(("days", "n", "said"), [(70, 300, TOO_SHORT), (540, 60, TOO_FEW)])
def test_too_little_is_said(write_study, days, n, said):
    """A short time, or few people."""
    risk, _ = predict_loyalty(sources_of(write_study, shop(n, habit=True, faithful=True, days=days)))
    assert risk.refused == said and risk.refused.format(**risk.refused_params)


def test_without_orders_or_categories(small_run, write_study):
    """Each says what is missing."""
    run = small_run.protected
    bare = replace(run, tables={name: table for name, table in run.tables.items() if name != "orders"})
    assert [made.refused for made in predict_loyalty(bare)] == [NO_ORDERS, NO_ORDERS]
    plain = shop(600, habit=True, faithful=True).drop(columns="category")
    assert predict_loyalty(sources_of(write_study, plain))[1].refused == NO_CATEGORIES


def test_returns_are_no_purchases(write_study):
    """Rows of nothing or less do not count."""
    orders = shop(500, habit=True, faithful=True, seed=5)
    back = orders.assign(amount=-10.0, ordered_at=orders["ordered_at"].max())
    first = predict_loyalty(sources_of(write_study, orders))[0]
    second = predict_loyalty(sources_of(write_study, pd.concat([orders, back])))[0]
    assert first.gain == second.gain
