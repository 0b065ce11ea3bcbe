"""Days of the Solar Hijri calendar are those of the calendar's own rule."""

import ibis
import pandas as pd
import pytest

import personakit as pk
from personakit.dates import is_count_of_time, solar_days, whole_seconds
from personakit.errors import DataError


def test_every_day_once_and_in_order():
    """No day is left out or doubled, and new year falls in March."""
    days = solar_days()
    assert days["solar"].is_unique and days["solar"].is_monotonic_increasing
    assert days["gregorian"].diff().dropna().dt.days.eq(1).all()
    new_years = days[days["solar"] % 10_000 == 101]["gregorian"]
    assert new_years.dt.month.eq(3).all() and new_years.dt.day.between(19, 22).all()


def test_known_days():
    """Dates whose counterpart is widely known: new year 1400, and the last day of the leap year 1403."""
    days = solar_days().set_index("solar")["gregorian"].dt.strftime("%Y-%m-%d")
    assert days[14000101] == "2021-03-21" and days[14031230] == "2025-03-20" and 14041230 not in days.index


def test_a_time_zone_makes_a_moment(write_study):
    """Moments with a zone are written in UTC; without one they stay as they are."""
    table = pd.DataFrame({"customer_id": list("abcd"), "amount": [1, 2, 3, 4], "ordered_at": [
        "2025-01-01T09:30:00+01:00", "2025-01-01 09:30:00Z", "2025-01-01T09:30:00.5-0230", "2025-01-01 09:30:00"]})  # fmt: skip
    study = "study: T\nas_of: 2025-12-31\nsources:\n  orders: {path: orders.csv}\n"
    found = pk.load_sources(pk.open_study(write_study(study, orders=table)))["orders"].order_by("_row").to_pandas()
    assert found["ordered_at"].astype(str).str[:19].tolist() == [
        "2025-01-01 08:30:00", "2025-01-01 09:30:00", "2025-01-01 12:00:00", "2025-01-01 09:30:00"]  # fmt: skip


def test_parts_of_a_second_are_left_out():
    """Before and after 1970; nothing is rounded up into the next second, or the next day."""
    moments = pd.to_datetime(["2025-03-01 23:59:59.999", "2025-03-01 10:00:00.4", "1969-12-31 23:59:59.5", None])
    table = ibis.memtable(pd.DataFrame({"at": moments}))
    found = table.select(s=whole_seconds(table["at"])).to_pandas()["s"].tolist()
    assert found[:3] == [1740873599, 1740823200, -1] and pd.isna(found[3])


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_counts_of_time_become_moments(write_study, tmp_path, unit, ending):
    """Systems count seconds since 1970, or or thousandths, millionths and billionths of one."""
    moments = ["2001-09-09 01:46:40", "2025-03-01 23:59:59", "2025-12-30 00:00:00"]
    counts = [int(pd.Timestamp(moment, tz="UTC").timestamp()) * unit for moment in moments]
    table = pd.DataFrame({"customer_id": list("abc"), "amount": [1, 2, 3], "ordered_at": counts})
    study = write_study(f"study: T\nas_of: 2025-12-31\nsources:\n  orders: {{path: orders.{ending}}}\n", orders=table)
    table.to_parquet(tmp_path / "orders.parquet")
    if (unit, ending) == (10**9, "csv"):  # too many digits for a whole number of a text file
        with pytest.raises(DataError, match="should hold dates"):
            pk.load_sources(pk.open_study(study))
        return
    found = pk.load_sources(pk.open_study(study))["orders"].order_by("_row").to_pandas()
    assert found["ordered_at"].astype(str).str[:19].tolist() == moments
    assert is_count_of_time(table["ordered_at"]) and not is_count_of_time(table["amount"])


def test_zones_as_shops_and_warehouses_write_them(write_study):
    """A zone after a space, in words, or after hours and minutes alone."""
    written = ["2026-03-01 10:22:33 +0100", "2026-03-01 09:22:33.25 UTC", "2026-03-01T10:22+01:00", "2026-03-01 09:22 GMT",
               "2026-03-01 03:52:33 -05:30"]  # fmt: skip
    table = pd.DataFrame({"customer_id": list("abcde"), "amount": 1, "ordered_at": written})
    study = "study: T\nas_of: 2026-12-31\nsources:\n  orders: {path: orders.csv}\n"
    found = pk.load_sources(pk.open_study(write_study(study, orders=table)))["orders"].order_by("_row").to_pandas()
    assert found["ordered_at"].astype(str).str[:16].tolist() == ["2026-03-01 09:22"] * 5
