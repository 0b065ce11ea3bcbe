"""Step 02, who asks and who answers in transcripts: names of people become what they do there."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

import ibis
import pandas as pd

from personakit.privacy_patterns import blank_names, given_names
from personakit.readers_transcripts import ANSWERING, ASKING

INTERVIEWER, PARTICIPANT = "interviewer", "participant"
#: How a question ends; Finnish and Norwegian end it as English does.
_QUESTION = re.compile(r"[?؟]")
#: "Speaker 2": somebody else in each transcript.
_NUMBERED = re.compile(r"^\D+\d+$")
_NO_DOCUMENT = "interviews"
#: Who asks says a question in this share of the lines at least, and this many times as often as anybody else.
_QUESTION_SHARE, _QUESTION_TIMES = 0.3, 2.0


def who_asks(lines: pd.DataFrame, interviewers: Iterable[str] = ()) -> set[tuple[str, str]]:
    """
    Tell who asks the questions in each transcript.

    Who is called interviewer or moderator, in four languages, or is named in the study file. Where nobody in a transcript is:
    everybody beside those who are called customer, guest or the like; else who asks by far the most questions there,
    together with whoever else speaks in more than half of the transcripts, as customers seldom do.

    Parameters
    ----------
    lines : pandas.DataFrame
        One row per line that somebody said: ``document_id``, ``speaker``, ``text``.
    interviewers : iterable of str
        Names of those who ask, as the transcripts write them. When any are given, nothing is worked out.

    Returns
    -------
    set of (str, str)
        Transcript and speaker. Nobody of a transcript in which it cannot be told.
    """
    told = lines.dropna(subset=["speaker", "text"]).astype({"document_id": "str", "speaker": "str", "text": "str"})
    named = {_plain(name) for name in interviewers}
    speak = {str(document): own.unique().tolist() for document, own in told.groupby("document_id")["speaker"]}
    found = {(document, who) for document, own in speak.items() for who in own
             if _plain(who) in named or is_called_interviewer(who)}  # fmt: skip
    if named:
        return found
    open_ = {document: own for document, own in speak.items() if len(own) > 1 and document not in {one for one, _ in found}}
    times = Counter(who for own in open_.values() for who in own if is_name(who))
    often = {who for who, n in times.items() if n > max(len(open_) / 2, 1)}
    questions = told["text"].str.contains(_QUESTION).groupby([told["document_id"], told["speaker"]]).mean()
    for document, own in open_.items():
        share = {who: float(questions[document, who]) for who in own}
        found |= {(document, who) for who in _who_asks_here(share, often.intersection(own))}
    return found


def _who_asks_here(question_share: dict[str, float], often: set[str]) -> set[str]:
    """Tell who asks among those who speak in one transcript, given how much they ask and who speaks in most transcripts."""
    answering = {who for who in question_share if _role_word(who) in ANSWERING}
    others = [who for who in question_share if who not in answering]
    if any(len(_role_word(who)) > 1 for who in answering):  # of A and B, neither may be who answers
        return set(others)
    first = max(others, key=lambda who: question_share[who], default="")
    most = max((share for who, share in question_share.items() if who != first), default=0.0)
    clear = {first} if others and question_share[first] >= max(_QUESTION_SHARE, _QUESTION_TIMES * most) else set()
    return often if often and len(often) < len(question_share) and clear <= often else clear


def without_names(connection: Any, table: Any, interviewers: Iterable[str], found: list[dict[str, Any]]) -> Any:
    """Write what speakers of transcripts do there in place of their names, and blank these in what is said there."""
    if not {"speaker", "text"} <= set(table.columns):
        return table
    lines = lines_of(table)
    asks = who_asks(lines, interviewers)
    pairs = lines[["document_id", "speaker"]].dropna().drop_duplicates().to_numpy().tolist()
    roles = {(document, who): who if is_called_interviewer(who) else INTERVIEWER if (document, who) in asks
             else PARTICIPANT if is_name(who) else who for document, who in pairs}  # fmt: skip
    names: dict[str, list[str]] = {}
    for document, who in pairs:
        if is_name(who):  # of "Guest Ola" and "Ola (customer)" the name alone is blanked in what is said
            names.setdefault(document, []).append(" ".join(part for part in who.split() if is_name(part.strip("(),"))))
    said = lines[["document_id", "text"]].dropna().drop_duplicates().to_numpy().tolist()
    texts = {(document, text): blank_names(text, names.get(document, ())) for document, text in said}
    for column, words in (("speaker", roles), ("text", texts)):
        changed = pd.DataFrame([(*key, word) for key, word in words.items() if word != key[1]], columns=["_in", "_old", "_new"])
        if changed.empty:
            continue
        other = connection.create_table(f"privacy_{column}_{secrets.token_hex(6)}", changed.astype("str"), temp=True)
        same = [table[column].identical_to(other["_old"])]
        same += [table["document_id"].fill_null(_NO_DOCUMENT) == other["_in"]] if "document_id" in table.columns else []
        joined = table.left_join(other, same)
        n_rows = int(joined.filter(joined["_new"].notnull()).count().execute())
        done = "interviewer or participant written instead" if column == "speaker" else f"blanked in {n_rows} rows"
        found.append({"source": "interviews", "column": column, "what": "names of speakers", "done": done})
        table = joined.mutate(**{column: ibis.coalesce(joined["_new"], joined[column])}).select(*table.columns)
    return table


def named_after_people(lines: pd.DataFrame) -> set[str]:
    """
    Find transcripts whose own name holds that of somebody who speaks there, or a given name; it would stand in evidence.

    Examples
    --------
    >>> spoken = [("Talk with Kari", "Kari Nordmann"), ("interview 2", "Ola"), ("Åse B", "Guest"), ("karibia", "Kari")]
    >>> sorted(named_after_people(pd.DataFrame(spoken, columns=["document_id", "speaker"])))
    ['Talk with Kari', 'Åse B']
    """
    found = set()
    for document, own in lines.groupby("document_id")["speaker"]:
        words = {word.casefold() for word in re.split(r"[\W_\d]+", str(document)) if len(word) > 1}
        speak = {part.casefold() for who in own.dropna().unique() if is_name(str(who)) for part in str(who).split()}
        if words & (speak | given_names()):
            found.add(str(document))
    return found


def lines_of(interviews: Any) -> pd.DataFrame:
    """Lines of transcripts as :func:`who_asks` takes them."""
    kept = [column for column in ("document_id", "speaker", "text") if column in interviews.columns]
    frame = interviews.select(*kept).to_pandas()
    return frame.assign(document_id=frame["document_id"].fillna(_NO_DOCUMENT) if "document_id" in frame else _NO_DOCUMENT)


def is_name(speaker: str) -> bool:
    """Say whether a speaker is called by a name, and not by what they do there or by a number."""
    return _role_word(speaker) not in ASKING | ANSWERING and not _NUMBERED.match(speaker)


def is_called_interviewer(speaker: str) -> bool:
    """Say whether somebody is called interviewer, moderator or the like, with or without a number."""
    return _role_word(speaker) in ASKING


def _role_word(speaker: str) -> str:
    """What a speaker is called, without a number: of Interviewer 2 the first word."""
    return _plain(speaker).rstrip("0123456789۰۱۲۳۴۵۶۷۸۹ ")


def _plain(speaker: str) -> str:
    return " ".join(speaker.split()).casefold()
