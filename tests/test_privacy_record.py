"""The record of processing says what was used, what was removed and who agreed."""

import personakit as pk
from personakit.privacy_record import has_record, processing_record
from personakit.render.record import processing_page


def test_record_and_page(small_run, tmp_path, small_study):
    """Sources, columns, consent and removals are listed; small counts are not shown."""
    workspace = pk.open_workspace(small_study, work_dir=tmp_path / "work")
    assert not has_record(workspace)
    workspace.save("quality", small_run.protected.parts())
    workspace.save_sources(small_run.protected)
    record = processing_record(workspace)
    assert record.used.set_index("source").loc["survey", "rows"] == small_run.protected["survey"].count().execute()
    assert set(record.removed["column"]) >= {"email", "phone", "name", "text", "improve"}
    assert record.consent.set_index("purpose").loc["quotes", "agreed"] < 600
    page = processing_page(record, language="nb")
    assert "Behandlingsprotokoll" in page and "24 måneder" in page and "email" in page
    record.consent.loc[0, ["customers", "agreed"]] = [600, 598]
    assert ">598<" not in processing_page(record, language="en")
