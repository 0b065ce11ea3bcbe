"""Step 04 at size: 100,000 open answers in themes, beside scikit-learn's own TF-IDF and NMF; feeling on real reviews."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.processes import in_own_process, peak_gib
from personakit.voices_feeling import learn_feeling
from personakit.voices_themes import find_themes

_SUBJECTS = (
    "parcel late courier tracking delivery days waiting doorstep driver package",
    "size guide shoe tight narrow returned fits larger measure width",
    "checkout payment card phone address cart lost password login error",
    "chat expert advice helped answer friendly knew staff question kind",
    "price discount sale cheap expensive offer coupon cost money total",
    "quality material durable broke stitching season fabric washing worn torn",
)
_SYLLABLES = [
    "ba",
    "ke",
    "lo",
    "mi",
    "nu",
    "ra",
    "se",
    "to",
    "vi",
    "zo",
    "an",
    "er",
    "il",
    "om",
    "ut",
    "pla",
    "gri",
    "sho",
    "tern",
]
_VOCABULARY = 30_000


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Time and memory of themes, each way in a process of its own; how well feeling is told on held-out reviews."""
    n = 5_000 if quick else 100_000
    ours, peer = (in_own_process("benchmarks.voices", job, str(n)) for job in ("ours", "peer"))
    yield {"figure": f"themes of {n:,} open answers, time", "value": round(ours["seconds"], 1), "unit": "seconds",
           "ratio": round(ours["seconds"] / peer["seconds"], 2),
           "peer": f"scikit-learn TF-IDF and NMF with the number of themes given ({peer['seconds']:.1f} s)", "aim": "<= 60",
           "holds": ours["seconds"] <= 60}  # fmt: skip
    yield {"figure": f"themes of {n:,} open answers, peak memory", "value": round(ours["peak_gib"], 2), "unit": "GiB",
           "peer": f"scikit-learn ({peer['peak_gib']:.2f} GiB)", "aim": "<= 2", "holds": ours["peak_gib"] <= 2}  # fmt: skip
    yield {"figure": f"themes of {n:,} open answers, agreement with the planted subjects", "value": round(ours["agreement"], 3),
           "unit": "adjusted Rand index", "themes": ours["themes"], "peer": f"scikit-learn ({peer['agreement']:.3f})",
           "aim": ">= 0.8", "holds": ours["agreement"] >= 0.8}  # fmt: skip
    yield _reviews()


def _reviews() -> dict[str, Any]:
    """Real hotel reviews: bad and good ones told apart by models that did not see them."""
    file = Path(os.environ.get("PERSONAKIT_DATA", "../shared/data")) / "reviews_en_hotel" / "hotel_reviews.csv.gz"
    figure = {"figure": "bad and good hotel reviews told apart", "unit": "balanced accuracy", "peer": "guessing (0.5)",
              "aim": ">= 0.80"}  # fmt: skip
    if not file.exists():
        return figure | {"value": "not measured: the data set is not on this machine (set PERSONAKIT_DATA)", "holds": True}
    reviews = pd.read_csv(file)
    texts = pd.DataFrame({"key": [f"r{i:05d}" for i in range(len(reviews))], "text": reviews["text"].astype(str),
                          "rating": reviews["sentiment"], "customer_id": None})  # fmt: skip
    found = learn_feeling(texts, middle=0.0)
    return figure | {"value": round(found.balanced_accuracy, 3), "low": round(found.balanced_low, 3),
                     "high": round(found.balanced_high, 3), "holds": found.balanced_accuracy >= 0.80}  # fmt: skip


def _answers(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Open answers of 8 to 16 words on one of six subjects, among made-up words as rare and as common as in a language."""
    rng = np.random.default_rng(4)
    subjects = [own.split() for own in _SUBJECTS]
    filler = np.array(["".join(rng.choice(_SYLLABLES, int(k))) for k in rng.integers(2, 5, _VOCABULARY)])
    truth = rng.integers(0, len(subjects), n)
    said = [" ".join([*rng.choice(subjects[t], 6), *filler[np.minimum(rng.zipf(1.2, int(k)), _VOCABULARY) - 1]])
            for t, k in zip(truth, rng.integers(2, 11, n), strict=True)]  # fmt: skip
    return pd.DataFrame({"key": [f"a{i:06d}" for i in range(n)], "source": "survey", "language": "en", "text": said,
                         "quotable": True}), truth  # fmt: skip


def _ours(texts: pd.DataFrame) -> np.ndarray:
    return find_themes(texts).of_text.to_numpy()


def _peer(texts: pd.DataFrame) -> np.ndarray:
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    matrix = TfidfVectorizer(min_df=3, max_df=0.5, stop_words="english").fit_transform(texts["text"])
    return np.asarray(NMF(len(_SUBJECTS), init="nndsvda", max_iter=600, random_state=1).fit_transform(matrix).argmax(axis=1))


if __name__ == "__main__":
    from sklearn.metrics import adjusted_rand_score

    answers, subjects_ = _answers(int(sys.argv[2]))
    started = time.perf_counter()
    labels = {"ours": _ours, "peer": _peer}[sys.argv[1]](answers)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_gib": peak_gib(), "themes": len(set(labels) - {0}),
                      "agreement": float(adjusted_rand_score(subjects_, labels))}))  # fmt: skip
