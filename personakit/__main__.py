"""``python -m personakit`` is the same as ``personakit``."""

from personakit.cli import main

main()
