"""Who stays away, on real orders: better than recency, calibrated, and refused where orders name no categories."""

from pathlib import Path

import pandas as pd
import pytest

import personakit as pk
from personakit.activation_loyalty import NO_CATEGORIES, predict_loyalty

pytestmark = pytest.mark.real
_HEADS = ["customer_id", "ordered_at", "quantity", "amount"]


def near(calibration):
    """By how much chances miss what happened, over tenths of the people, on average."""
    return float((calibration["predicted"] - calibration["observed"]).abs().mean())


def test_online_retail(real_data):
    """Clearly better than recency; no category, so that the next need is refused."""
    sources = pk.load_sources(pk.open_study(Path(__file__).parent / "studies" / "online_retail"))
    risk, need = predict_loyalty(sources)
    assert risk.useful and risk.gain_low > 0.03 and risk.right > risk.right_by_rule + 0.03 and risk.n > 3_000
    assert near(risk.calibration) < 0.08 and need.refused == NO_CATEGORIES


def test_cdnow(real_data, tmp_path):
    """A cohort that grows older: chances learnt on younger people still hold."""
    orders = pd.read_csv(real_data / "cdnow" / "CDNOW_master.txt", sep=r"\s+", header=0, names=_HEADS)
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"].astype(str), format="%Y%m%d")
    orders.to_csv(tmp_path / "orders.csv", index=False)
    study = "study: C\nas_of: 1998-06-30\ncurrency: USD\nsources: {orders: {path: orders.csv}}\n"
    (tmp_path / "study.yaml").write_text(study + "quality: {duplicates: {orders: keep}}\n", encoding="utf-8")
    risk, _ = predict_loyalty(pk.load_sources(pk.open_study(tmp_path)))
    assert risk.useful and risk.gain_low > 0 and risk.n > 20_000 and near(risk.calibration) < 0.03
