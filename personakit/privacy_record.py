"""The record of processing: what is used of whom, why, on which basis and how long, as a page for the deliverables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from personakit.handoffs import Workspace, numbered
from personakit.privacy import CONSENT_COLUMNS, FOUND_COLUMNS
from personakit.study_parts import ROLES

USED_COLUMNS = ["source", "rows", "customers", "columns"]


@dataclass(frozen=True, eq=False)
class ProcessingRecord:
    """
    What a study does with data about people.

    Attributes
    ----------
    about : dict
        ``title``, ``question``, ``as_of``, ``synthetic``, ``min_cell``, ``language``, ``currency``, ``controller``,
        ``reason``, ``basis``, ``retention_months`` and ``key_file``, as the study file states them.
    used : pandas.DataFrame
        One row per source: ``source``, ``rows`` and ``customers`` that are used, ``columns`` (names).
    removed : pandas.DataFrame
        One row per column with something personal: ``source``, ``column``, ``what``, ``done``.
    consent : pandas.DataFrame
        One row per purpose: ``purpose``, ``column``, ``customers``, ``agreed``.

    References
    ----------
    Regulation (EU) 2016/679 (General Data Protection Regulation), Article 30.
    """

    about: dict[str, object]
    used: pd.DataFrame
    removed: pd.DataFrame
    consent: pd.DataFrame


def processing_record(workspace: Workspace) -> ProcessingRecord:
    """
    Put together the record of processing of a work folder.

    Parameters
    ----------
    workspace : Workspace
        A work folder in which notebook 02 has been run.

    Returns
    -------
    ProcessingRecord
        What is used, what was removed, and who agreed.

    Raises
    ------
    HandoffError
        If notebook 02 has not been run.
    """
    study, privacy = workspace.study, workspace.study.privacy
    sources = workspace.sources()
    rows = []
    for role in (role for role in ROLES if role in sources):
        table = sources[role]
        people = int(table.customer_id.nunique().execute()) if "customer_id" in table.columns else None
        columns = [c for c in table.columns if c != "_row"]
        rows.append({"source": role, "rows": int(table.count().execute()), "customers": people, "columns": ", ".join(columns)})
    parts = workspace.load("quality", "personal", "consent_by_purpose")
    about: dict[str, object] = {
        "title": study.study, "question": study.question, "as_of": str(study.as_of), "synthetic": study.synthetic,
        "min_cell": privacy.min_cell, "language": workspace.language, "currency": study.currency,
        "controller": privacy.controller, "reason": privacy.reason or study.question, "basis": privacy.basis,
        "retention_months": privacy.retention_months, "key_file": privacy.key_file,
    }  # fmt: skip
    return ProcessingRecord(
        about, pd.DataFrame(rows, columns=USED_COLUMNS), parts.get("personal", pd.DataFrame(columns=FOUND_COLUMNS)),
        parts.get("consent_by_purpose", pd.DataFrame(columns=CONSENT_COLUMNS)),
    )  # fmt: skip


def has_record(workspace: Workspace) -> bool:
    """Tell whether notebook 02 has left what the record needs."""
    return (workspace.folder / f"{numbered('quality')}_personal.parquet").exists()
