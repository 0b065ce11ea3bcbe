"""Renderers lay out results; they never calculate."""
