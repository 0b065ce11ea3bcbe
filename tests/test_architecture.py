"""The shape of the package: imports point to earlier steps, every module has its test, the README is in step."""

import ast
import re
import tomllib
from pathlib import Path

import yaml

import personakit

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "personakit"

#: Modules in the order in which they may import from each other: only from those above.
ORDER = [
    "errors", "processes", "study_parts", "study", "expressions", "roles", "privacy_patterns", "readers_whole",
    "readers_transcripts", "readers", "dates", "collection_values", "collection_ids", "collection", "collection_scales",
    "collection_multiple_response", "collection_files", "collection_keys", "collection_questions", "collection_proposal",
    "handoffs",
    "collection_plan",
    "privacy_cells", "privacy_speakers", "quality_ledger", "quality_answers", "quality_rules", "quality_conflicts",
    "quality_gaps", "quality_people", "quality",
    "collection_templates", "privacy", "evidence", "evidence_measures", "exploration_weights", "exploration",
    "voices_words", "voices_themes",
    "voices_agreement", "voices_codebook", "voices_coding", "voices_coding_session", "voices_qda", "voices_feeling",
    "voices_quotes", "voices", "features_builder", "features_attributes", "features_scores", "features_survey",
    "features_orders", "features_events", "features_contacts", "features", "hypotheses", "segmentation_rule",
    "segmentation_kmeans", "stability", "segmentation_items", "segmentation_lookup",
    "segmentation_densities", "segmentation_em", "segmentation_mixture",
    "segmentation_tiers", "segmentation_tendency", "segmentation_solutions", "segmentation_verdict", "segmentation_panel",
    "segmentation_sql", "segmentation_places", "segmentation", "segmentation_map", "segmentation_exclusions",
    "segmentation_stability", "segmentation_trial", "segmentation_waves",
    "sample_planner_surveys", "sample_planner", "profiling_intervals", "profiling_tests", "profiling_weights", "profiling",
    "profiling_attractiveness", "personas_lines", "personas_model", "personas_names", "personas_figures",
    "personas_people", "personas_fields", "personas", "edits", "personas_edits", "personas_check", "personas_session",
    "personas_research", "journeys_log", "journeys_transitions", "journeys_phases", "journeys_feeling", "journeys_orders",
    "journeys_table", "journeys_moments", "journeys_comparison", "journeys_cells", "journeys", "journeys_edits",
    "screener_questions", "screener_points", "screener_selection", "screener_sql", "screener_rule", "screener",
    "assignment_answers", "assignment_centres", "assignment_lookup", "assignment_mixture", "assignment_blocks",
    "assignment_words", "assignment",
    "activation_audiences", "activation_recruiting", "activation_table", "activation_lines", "activation_marketing",
    "activation_product", "activation_service", "activation_kit", "activation_teams", "activation_responses",
    "activation_budget", "activation_spending", "activation_loyalty", "activation_retention", "activation",
    "measurement_rates", "measurement_campaigns", "measurement_satisfaction", "measurement_retention", "measurement_changes",
    "measurement_lines", "measurement", "measurement_quality", "measurement_perception",
    "drift_profiles", "drift_structure", "drift", "drift_lines", "drift_differences", "measurement_review", "drift_watch",
    "decisions",
    "verification", "locale",
    "privacy_record", "render.portraits",
    "render.pages", "render.overview", "render.cards", "render.feeling_curve", "render.map_layout",
    "render.journey_flow",
    "render.journeys_overview", "render.journey_maps", "render.map_svg", "render.markdown",
    "render.sheets", "render.slide", "render.slides", "render.map_slides", "render.map_sheets", "render.map_markdown",
    "render.screener_form", "render.screener_sheets", "render.audience_sheets", "render.team_pages",
    "render.measurement_page", "render.measurement_sheets", "render.measurement_slides",
    "render.content_calendar", "render.activation_sheets", "render.activation_slides", "render.story_sheets",
    "render.chromium", "render.record", "render.collection_sheets", "render.journey_template", "delivery_forms",
    "render.handouts", "delivery_handouts", "delivery",
    "forgetting",
    "render.charts", "render.charts_segments", "render.charts_journeys", "render.charts_voices",
    "render.charts_activation", "render.charts_measurement", "render.charts_evidence", "render.html", "render.progress",
    "render.desk",
    "render.segment_chooser", "render.evidence_explorer", "quizzes", "render.quiz_desk",
    "render.coding_desk", "render.quote_desk", "render.decision_desk", "render.line_editor",
    "render.persona_editor", "render.journey_editor", "notebook_files", "running_forks", "running_kernels",
    "running_lanes", "running",
    "projects", "projects_upgrade", "projects_outputs", "refreshing", "watching",
    "simulation_content", "simulation_people", "simulation_contacts", "simulation_journeys",
    "simulation_personal", "simulation_faults", "simulation_coding", "simulation_campaigns", "simulation_perception",
    "simulation", "simulation_waves", "simulation_cafe", "cases", "checks", "checks_tasks", "exercises", "lessons",
    "cli_console", "cli_projects", "cli_activation", "cli_refresh", "cli", "__main__",
]  # fmt: skip
#: Parts of a module that are tested with the module they belong to.
PARTS = {
    "render.overview",
    "render.feeling_curve",
    "render.desk",
    "render.line_editor",
    "render.slide",
    "personas_session",
    "screener_rule",
    "edits",
    "study_parts",
    "roles",
    "readers_whole",
    "collection_values",
    "collection_ids",
    "quality_ledger",
    "quality_people",
    "collection_files",
    "collection_keys",
    "collection_questions",
    "quality_answers",
    "quality_rules",
    "quality_conflicts",
    "quality_gaps",
    "segmentation_rule",
    "features_builder",
    "features_attributes",
    "segmentation_items",
    "segmentation_lookup",
    "segmentation_densities",
    "segmentation_em",
    "segmentation_places",
    "segmentation_solutions",
    "segmentation_verdict",
    "journeys_table",
    "journeys_cells",
    "assignment_answers",
    "assignment_centres",
    "assignment_lookup",
    "assignment_mixture",
    "assignment_words",
    "activation_lines",
    "activation_kit",
    "measurement_lines",
    "simulation_content",
    "cases",
    "checks_tasks",
    "exercises",
    "simulation_people",
    "simulation_contacts",
    "simulation_journeys",
    "simulation_faults",
    "simulation_coding",
    "simulation_campaigns",
    "simulation_perception",
    "voices_coding_session",
    "render.quote_desk",
    "simulation_personal",
    "cli_console",
    "cli_projects",
    "cli_activation",
    "cli_refresh",
    "delivery_forms",
    "delivery_handouts",
    "__main__",
}


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def top_level_imports(path):
    """Modules of the package that are imported when this one is imported."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("personakit."):
            yield node.module.removeprefix("personakit.")
        assert not (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))


def test_every_module_has_its_place():
    """Each module stands in the order, and nothing is called utils, helpers or common."""
    names = {module_name(path) for path in PACKAGE.rglob("*.py")} - {"", "render"}
    assert names == set(ORDER)
    assert not names & {"utils", "helpers", "common"}


def test_imports_point_to_earlier_steps():
    """A module imports only from modules above it."""
    for path in PACKAGE.rglob("*.py"):
        name = module_name(path)
        if name in {"", "render"}:
            continue
        later = [used for used in top_level_imports(path) if ORDER.index(used) >= ORDER.index(name)]
        assert not later, f"{name} imports {later}"


def test_every_module_has_a_test():
    """One test file per module."""
    for name in set(ORDER) - PARTS:
        assert (ROOT / "tests" / f"test_{name.replace('.', '_')}.py").exists(), name


def test_public_names_are_in_the_readme():
    """The README's table of functions is the list of public names, in the same order."""
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == personakit.__all__


def test_public_names_can_be_imported():
    """Every public name is there, and an unknown one is refused."""
    for name in personakit.__all__:
        assert getattr(personakit, name) is not None
    assert not hasattr(personakit, "segment_custmers")


def test_environment_is_in_step_with_the_project():
    """environment.yml installs the package with the pinned versions, on a Python that the project allows."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python, pip, by_pip = environment["dependencies"]
    assert python.startswith("python") and project["requires-python"] == ">=3.11" and "3.1" in python
    assert pip == "pip"
    assert by_pip == {"pip": ["-c constraints.txt", "-e ."]}
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    extras = [need for group in project["optional-dependencies"].values() for need in group]
    for need in project["dependencies"] + extras:
        assert re.match(r"[A-Za-z0-9.-]+", need)[0].lower() in pinned, need


def test_no_address_of_a_registry():
    """Pinned versions and install lines name no host."""
    for name in ("constraints.txt", "environment.yml", "pyproject.toml", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|index-url|find-links", text), name


def test_nothing_dangerous_is_used():
    """No pickle, no eval or exec, no catch of everything without a name."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path
            assert not (isinstance(node, ast.Import) and any(alias.name == "pickle" for alias in node.names)), path
            assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}), path


def test_the_workflow_runs_what_people_run():
    """CI on other systems calls `.ci/run` and README's own test command, and once a month the newest packages with nbval-lax."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    commands = {name: " ".join(step.get("run", "") for step in job["steps"]) for name, job in workflow["jobs"].items()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (test_command,) = re.findall(r"^(python -m pip install .*pytest.*)$", readme, re.MULTILINE)
    assert "bash .ci/run" in commands["linux"] and commands["elsewhere"].strip() == test_command
    assert "--nbval-lax" in commands["newest"] and "constraints" not in commands["newest"]
    assert set(workflow["jobs"]["elsewhere"]["strategy"]["matrix"]["os"]) == {"macos-latest", "windows-latest"}
