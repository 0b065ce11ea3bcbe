"""What a simulated market is made of: its customer groups, the questions asked, and what people say."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

#: The study's today, in every simulated market.
AS_OF_DATE = "2026-06-30"


@cache
def market_content(market: str = "sports") -> dict[str, Any]:
    """
    Read what a simulated market is made of.

    Parameters
    ----------
    market : {"sports", "cosmetics", "cafe"}
        The market: the sample study, or one of the two cases of the exercises.

    Returns
    -------
    dict
        ``archetypes`` (one entry per customer group, with the means and chances of its answers), ``items`` (questions),
        ``phases`` with their touchpoints, ``languages`` and ``regions``, and ``texts`` (what the people say).
    """
    return {**_read(f"simulation_{market}.yaml"), "texts": _read(f"simulation_{market}_texts.yaml")}


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return found
