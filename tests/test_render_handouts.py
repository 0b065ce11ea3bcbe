"""Hand-outs: three sheets in four languages, every field with a hint, as HTML and as files of the right size."""

import re

import pytest
from typer.testing import CliRunner

from personakit.cli import app
from personakit.delivery_handouts import write_handouts
from personakit.errors import PersonakitError
from personakit.render.handouts import CARD_FIELDS, EMPATHY, OBSERVER, ROLE, handouts_page
from personakit.study import open_study


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_a_place_to_write_for_each_field(small_study, language):
    """Three sheets; lines of card and map are ticked as data or assumption; nothing is asked from outside."""
    page = handouts_page(open_study(small_study), language=language)
    fields = len(CARD_FIELDS) + len(EMPATHY) + len(ROLE) + len(OBSERVER)
    assert page.count('<section class="sheet">') == 3 and page.count('class="write"') == fields + 6
    assert page.count('class="rests"') == len(CARD_FIELDS) + len(EMPATHY) and f'lang="{language}"' in page
    assert not re.search(r"https?:", page) and "<script" not in page
    if language != "en":
        english = handouts_page(open_study(small_study), language="en")
        hints = re.findall(r'class="hint">([^<]+)<', english)
        assert hints and not [hint for hint in hints if " " in hint and f">{hint}<" in page]


def test_files_in_every_language_from_the_command_line(small_study, tmp_path):
    """One pair of files a language; a wrong language or format is one sentence, and nothing is written."""
    made = CliRunner().invoke(app, ["handouts", str(tmp_path / "sheets"), "--study", str(small_study), "--language", "all",
                                    "--formats", "html"])  # fmt: skip
    assert made.exit_code == 0, made.output
    names = {f"{kind}_{language}.html" for kind in ("handouts", "journey_template") for language in ("en", "nb", "fi", "fa")}
    assert {path.name for path in (tmp_path / "sheets").iterdir()} == names
    study = open_study(small_study)
    with pytest.raises(PersonakitError, match=r"language 'no' is not known.*allowed are en, nb, fi"):
        write_handouts(tmp_path / "other", study, language="no")
    with pytest.raises(PersonakitError, match=r"format 'pdff' is not known; did you mean 'pdf'\?"):
        write_handouts(tmp_path / "other", study, formats=["pdff"])
    assert not (tmp_path / "other").exists()
