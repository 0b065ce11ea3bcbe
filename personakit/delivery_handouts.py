"""Hand-outs for a workshop, as files: an empty persona card, an empathy map, a role card and a blank journey map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.handoffs import whole_file
from personakit.locale import LANGUAGE_NAMES
from personakit.render.chromium import Print, print_pages
from personakit.render.handouts import handouts_page
from personakit.render.journey_template import journey_template_page
from personakit.study import Study

FORMATS = ("pdf", "html")
ALL = "all"


def write_handouts(folder: str | Path, study: Study, *, language: str = "", formats: Sequence[str] = ("pdf",)) -> list[Path]:
    """
    Write the sheets that participants fill in by hand.

    Parameters
    ----------
    folder : str or Path
        Where to write; made when it is not there.
    study : Study
        For the phases of the journey.
    language : {"en", "nb", "fi", "fa", "all"}
        Without it, the study's own.
    formats : sequence of {"pdf", "html"}
        PDF needs an installed Chromium and the extra ``pdf``.

    Returns
    -------
    list of Path
        ``handouts_nb.pdf`` (three sheets of A4) and ``journey_template_nb.pdf`` (A3), for each language and format.

    Raises
    ------
    PersonakitError
        If a language or a format is not known.
    ExtraNeededError
        If PDF is asked for and something is missing; the message is the line that installs it.
    """
    wanted = [name.strip() for name in formats]
    for given, allowed, what in ((language or study.language, (*LANGUAGE_NAMES, ALL), "language"),
                                 *((name, FORMATS, "format") for name in wanted)):  # fmt: skip
        if given not in allowed:
            hint = did_you_mean(given, allowed)
            raise PersonakitError(f"{what} '{given}' is not known{hint}; allowed are {listing(list(allowed))}")
    target = Path(folder).expanduser()
    chosen = list(LANGUAGE_NAMES) if language == ALL else [language or study.language]
    pages = {
        f"{name}_{one}": (make(study, language=one), paper)
        for one in chosen
        for name, make, paper in (("handouts", handouts_page, "a4"), ("journey_template", journey_template_page, "a3"))
    }
    target.mkdir(parents=True, exist_ok=True)
    written = []
    if "html" in wanted:
        for name, (html, _) in pages.items():
            written.append(target / f"{name}.html")
            with whole_file(written[-1]) as temporary:
                temporary.write_text(html, encoding="utf-8", newline="\n")
    if "pdf" in wanted:
        written += print_pages([Print(html, target / f"{name}.pdf", paper=paper, parts=".none")
                                for name, (html, paper) in pages.items()])  # fmt: skip
    return written
