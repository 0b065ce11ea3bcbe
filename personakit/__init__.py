"""personakit: customer data become personas and journey maps that carry their evidence."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from personakit.activation import ActivationPlan, plan_activation
    from personakit.activation_audiences import Audiences, build_audiences
    from personakit.activation_recruiting import RecruitingPlan, plan_recruiting
    from personakit.assignment import PersonaRule, assign_file, read_rule
    from personakit.cases import Case, open_case
    from personakit.checks import CheckError, check
    from personakit.collection import Sources, load_sources
    from personakit.collection_plan import CollectionPlan, plan_collection
    from personakit.collection_proposal import propose_study
    from personakit.collection_templates import Templates, make_templates
    from personakit.decisions import DecisionReview, log_decision, note_outcome, read_decisions, review_decisions
    from personakit.delivery import decisions_now, deliver
    from personakit.drift import DriftReport, detect_drift
    from personakit.drift_differences import WaveDifferences, compare_cards, differences_since
    from personakit.drift_lines import describe_drift
    from personakit.drift_watch import DriftWatch, start_watch
    from personakit.errors import DataError, ExtraNeededError, HandoffError, PersonakitError, SourceNeededError, StudyError
    from personakit.evidence import Claim, Figure, Voice, grade_of
    from personakit.exploration import Exploration, explore
    from personakit.exploration_weights import PopulationWeights, rake
    from personakit.features import Features, build_features
    from personakit.handoffs import Workspace, open_workspace
    from personakit.hypotheses import check_hypotheses
    from personakit.journeys import JourneyMaps, map_journeys
    from personakit.journeys_edits import JourneySession, apply_map_edits
    from personakit.lessons import check_ready, check_result
    from personakit.measurement import Measurement, measure
    from personakit.measurement_perception import perception_form, perception_scores, persona_quality, read_perception
    from personakit.measurement_quality import confirm_claims, held_out_fidelity
    from personakit.measurement_review import PersonaReview, drift_since, review_personas
    from personakit.personas import Persona, Personas, earlier_personas, personas_schema, write_personas
    from personakit.personas_check import PersonaCheck, check_personas
    from personakit.personas_edits import apply_edits
    from personakit.personas_research import plan_research
    from personakit.personas_session import PersonaSession
    from personakit.privacy import Protected, protect
    from personakit.privacy_cells import k_anonymity, small_cells
    from personakit.profiling import SegmentProfiles, profile_segments
    from personakit.profiling_attractiveness import SegmentRating, rate_segments
    from personakit.quality import QualityReport, check_quality
    from personakit.render.html import show_table
    from personakit.sample_planner import SamplePlan, plan_sample
    from personakit.screener import Screener, build_screener
    from personakit.segmentation import Segmentation, segment_customers
    from personakit.segmentation_exclusions import ExclusionEffect, exclusion_effect
    from personakit.segmentation_map import CustomerMap, gower_distances, map_customers
    from personakit.segmentation_panel import SolutionPanel, compare_solutions
    from personakit.segmentation_rule import choose_basis
    from personakit.segmentation_stability import segment_stability
    from personakit.segmentation_trial import SegmentTrial, try_segments
    from personakit.segmentation_waves import go_on_from
    from personakit.simulation import SimulatedShop, simulate_shop
    from personakit.simulation_waves import SimulatedWave, simulate_wave
    from personakit.stability import Stability, assess_stability
    from personakit.study import Study, open_study, sample_study
    from personakit.verification import Verification, verify
    from personakit.voices import Voices, read_voices
    from personakit.voices_agreement import krippendorff_alpha
    from personakit.voices_codebook import Codebook
    from personakit.voices_coding import Codings, read_codings
    from personakit.voices_coding_session import CodingSession
    from personakit.voices_qda import read_qdpx, write_qdpx
    from personakit.watching import open_watch

#: Public names by module, in the order of the steps.
_PUBLIC = {
    "study": ["Study", "open_study", "sample_study"],
    "collection": ["Sources", "load_sources"],
    "collection_proposal": ["propose_study"],
    "collection_plan": ["CollectionPlan", "plan_collection"],
    "sample_planner": ["SamplePlan", "plan_sample"],
    "collection_templates": ["Templates", "make_templates"],
    "handoffs": ["Workspace", "open_workspace"],
    "render.html": ["show_table"],
    "quality": ["QualityReport", "check_quality"],
    "privacy": ["Protected", "protect"],
    "privacy_cells": ["k_anonymity", "small_cells"],
    "exploration": ["Exploration", "explore"],
    "voices": ["Voices", "read_voices"],
    "voices_codebook": ["Codebook"],
    "voices_coding_session": ["CodingSession"],
    "voices_coding": ["Codings", "read_codings"],
    "voices_agreement": ["krippendorff_alpha"],
    "voices_qda": ["read_qdpx", "write_qdpx"],
    "features": ["Features", "build_features"],
    "hypotheses": ["check_hypotheses"],
    "exploration_weights": ["PopulationWeights", "rake"],
    "stability": ["Stability", "assess_stability"],
    "segmentation_rule": ["choose_basis"],
    "segmentation": ["Segmentation", "segment_customers"],
    "segmentation_panel": ["SolutionPanel", "compare_solutions"],
    "segmentation_map": ["CustomerMap", "gower_distances", "map_customers"],
    "segmentation_exclusions": ["ExclusionEffect", "exclusion_effect"],
    "segmentation_stability": ["segment_stability"],
    "segmentation_trial": ["SegmentTrial", "try_segments"],
    "segmentation_waves": ["go_on_from"],
    "evidence": ["Claim", "Figure", "Voice", "grade_of"],
    "profiling": ["SegmentProfiles", "profile_segments"],
    "profiling_attractiveness": ["SegmentRating", "rate_segments"],
    "personas": ["Persona", "Personas", "earlier_personas", "personas_schema", "write_personas"],
    "personas_edits": ["apply_edits"],
    "personas_check": ["PersonaCheck", "check_personas"],
    "personas_session": ["PersonaSession"],
    "personas_research": ["plan_research"],
    "journeys": ["JourneyMaps", "map_journeys"],
    "journeys_edits": ["JourneySession", "apply_map_edits"],
    "screener": ["Screener", "build_screener"],
    "assignment": ["PersonaRule", "assign_file", "read_rule"],
    "activation_audiences": ["Audiences", "build_audiences"],
    "activation_recruiting": ["RecruitingPlan", "plan_recruiting"],
    "activation": ["ActivationPlan", "plan_activation"],
    "measurement": ["Measurement", "measure"],
    "measurement_perception": ["perception_form", "perception_scores", "persona_quality", "read_perception"],
    "measurement_quality": ["confirm_claims", "held_out_fidelity"],
    "drift": ["DriftReport", "detect_drift"],
    "drift_lines": ["describe_drift"],
    "drift_differences": ["WaveDifferences", "compare_cards", "differences_since"],
    "measurement_review": ["PersonaReview", "drift_since", "review_personas"],
    "drift_watch": ["DriftWatch", "start_watch"],
    "decisions": ["DecisionReview", "log_decision", "note_outcome", "read_decisions", "review_decisions"],
    "watching": ["open_watch"],
    "delivery": ["decisions_now", "deliver"],
    "verification": ["Verification", "verify"],
    "cases": ["Case", "open_case"],
    "checks": ["CheckError", "check"],
    "lessons": ["check_ready", "check_result"],
    "simulation": ["SimulatedShop", "simulate_shop"],
    "simulation_waves": ["SimulatedWave", "simulate_wave"],
    "errors": ["DataError", "ExtraNeededError", "HandoffError", "PersonakitError", "SourceNeededError", "StudyError"],
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = [  # noqa: RUF022  by step, not by alphabet
    "Study", "open_study", "sample_study",
    "Sources", "load_sources",
    "propose_study", "CollectionPlan", "plan_collection", "SamplePlan", "plan_sample", "Templates", "make_templates",
    "Workspace", "open_workspace", "show_table",
    "QualityReport", "check_quality",
    "Protected", "protect", "k_anonymity", "small_cells",
    "Exploration", "explore", "PopulationWeights", "rake",
    "Voices", "read_voices", "Codebook", "CodingSession", "Codings", "read_codings", "krippendorff_alpha",
    "read_qdpx", "write_qdpx",
    "Features", "build_features",
    "check_hypotheses",
    "Stability", "assess_stability",
    "Segmentation", "SolutionPanel", "choose_basis", "compare_solutions", "segment_customers",
    "CustomerMap", "gower_distances", "map_customers",
    "ExclusionEffect", "exclusion_effect",
    "segment_stability", "SegmentTrial", "try_segments", "go_on_from",
    "Claim", "Figure", "Voice", "grade_of",
    "SegmentProfiles", "profile_segments", "SegmentRating", "rate_segments",
    "Persona", "Personas", "write_personas", "earlier_personas", "personas_schema",
    "PersonaSession", "apply_edits", "PersonaCheck", "check_personas", "plan_research",
    "JourneyMaps", "map_journeys", "JourneySession", "apply_map_edits",
    "ActivationPlan", "plan_activation", "Screener", "build_screener", "PersonaRule", "assign_file", "read_rule",
    "Audiences", "build_audiences", "RecruitingPlan", "plan_recruiting",
    "Measurement", "measure", "confirm_claims", "held_out_fidelity", "perception_form", "read_perception", "perception_scores",
    "persona_quality",
    "DriftReport", "detect_drift", "describe_drift", "drift_since", "WaveDifferences", "compare_cards", "differences_since",
    "PersonaReview", "review_personas", "DriftWatch", "start_watch", "open_watch",
    "DecisionReview", "log_decision", "note_outcome", "read_decisions", "review_decisions",
    "decisions_now",
    "deliver",
    "Verification", "verify",
    "Case", "open_case", "CheckError", "check", "check_ready", "check_result",
    "SimulatedShop", "simulate_shop", "SimulatedWave", "simulate_wave",
    "DataError", "ExtraNeededError", "HandoffError", "PersonakitError", "SourceNeededError", "StudyError",
]  # fmt: skip
__version__ = version("personakit")


def __getattr__(name: str) -> Any:
    """Import a public name the first time it is used, so that each notebook loads only what it needs."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'personakit' has no attribute '{name}'")
    return getattr(import_module(f"personakit.{_MODULE_OF[name]}"), name)
