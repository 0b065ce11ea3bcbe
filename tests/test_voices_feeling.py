"""Feeling: learned from rated texts, judged on people it has not seen, unknown where nothing can be learned."""

import gzip

import numpy as np
import pandas as pd
import pytest

from personakit.voices_feeling import FEWEST_RATED, learn_feeling

GOOD = ["lovely", "wonderful", "quick", "friendly", "perfect", "happy", "thanks"]
BAD = ["late", "broken", "rude", "lost", "terrible", "waiting", "angry"]
PLAIN = ["parcel", "shop", "shoes", "order", "colour", "monday", "website", "phone"]


def rated(n=400, seed=1, noise=0.0):
    rng = np.random.default_rng(seed)
    stars = rng.integers(1, 6, n)
    words = [[*rng.choice(GOOD if s > 3 else BAD if s < 3 else PLAIN, 2), *rng.choice(PLAIN, 5)] for s in stars]
    shown = np.where(rng.random(n) < noise, rng.integers(1, 6, n), stars)
    return pd.DataFrame({"key": [f"t{i:04d}" for i in range(n)], "text": [" ".join(own) for own in words],
                         "rating": shown.astype(float), "customer_id": [f"c{i % 90}" for i in range(n)]})  # fmt: skip


def test_good_and_bad_are_told_apart():
    """Planted words are learned; texts without a rating are judged too; the scale runs from -2 to 2."""
    texts = rated()
    texts.loc[300:, "rating"] = np.nan
    found = learn_feeling(texts)
    assert found.n_rated == 300 and found.balanced_accuracy > 0.95 and found.balanced_low < found.balanced_accuracy
    assert found.of_text.between(-2, 2).all()
    good = texts["text"].str.contains("|".join(GOOD))
    bad = texts["text"].str.contains("|".join(BAD))
    assert found.of_text[300:][good[300:]].mean() > 1 > -1 > found.of_text[300:][bad[300:]].mean()


def test_nothing_to_learn_is_unknown():
    """Ratings that have nothing to do with the words, too few of them, or one kind only: feeling is unknown, and says so."""
    for texts in (rated(noise=1.0), rated(n=FEWEST_RATED - 1), rated().assign(rating=5.0), rated().assign(rating=np.nan)):
        found = learn_feeling(texts)
        assert not found.known and found.of_text.isna().all() and "unknown" in found.says


def test_people_are_not_in_both_parts():
    """A person who says one thing in the same words each time teaches nothing about others."""
    rng = np.random.default_rng(2)
    people = [f"c{i}" for i in range(60)]
    texts = pd.DataFrame([{"key": f"{p}{k}", "customer_id": p, "rating": float(stars), "text": f"word{p} thing{p}"}
                          for p, stars in zip(people, rng.choice([1, 5], 60), strict=True) for k in range(4)])  # fmt: skip
    assert not learn_feeling(texts).known


def test_row_order_is_irrelevant():
    """Shuffled rows give each text the same feeling."""
    texts = rated(noise=0.2)
    one, two = learn_feeling(texts), learn_feeling(texts.sample(frac=1, random_state=3))
    assert one.of_text.equals(two.of_text.sort_index()) and one.says == two.says


def test_hotel_reviews(real_data):
    """Five thousand real reviews: bad and good ones are told apart in at least four of five cases, with an interval."""
    with gzip.open(real_data / "reviews_en_hotel" / "hotel_reviews.csv.gz", "rt", encoding="utf-8") as file:
        reviews = pd.read_csv(file)
    texts = pd.DataFrame({"key": [f"r{i:05d}" for i in range(len(reviews))], "text": reviews["text"].astype(str),
                          "rating": reviews["sentiment"], "customer_id": None})  # fmt: skip
    found = learn_feeling(texts, middle=0.0)
    assert found.n_rated == 5000
    assert found.balanced_accuracy >= 0.80 and found.balanced_low >= 0.80
    assert found.accuracy > found.baseline + 0.03 and found.accuracy_low < found.accuracy < found.accuracy_high


def test_ratings_may_be_on_any_scale():
    """The middle of the scale is found from the ratings, or given."""
    texts = rated()
    tenfold = texts.assign(rating=texts["rating"] * 20)
    assert learn_feeling(tenfold).of_text.equals(learn_feeling(texts).of_text)
    assert learn_feeling(texts, middle=3.0).balanced_accuracy == pytest.approx(learn_feeling(texts).balanced_accuracy)


def test_sources_that_nobody_rated_are_named():
    """What was learned from tickets is also said of mentions, with the warning that it cannot be checked there."""
    texts = rated().assign(source="tickets")
    texts.loc[300:, ["rating", "source"]] = [np.nan, "mentions"]
    assert "Nobody rated mentions; how often it is right there cannot be checked." in learn_feeling(texts).says
    assert "Nobody rated" not in learn_feeling(rated().assign(source="tickets")).says


def test_a_scale_begins_where_it_should():
    """When nobody gave one star, three stars are still the middle."""
    texts = rated()
    texts = texts[texts["rating"] > 1]
    assert learn_feeling(texts).of_text.equals(learn_feeling(texts, middle=3.0).of_text)
