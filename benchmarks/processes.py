"""A job in a process of its own, so that its time and its peak memory are its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def in_own_process(module: str, *arguments: str, python: str = sys.executable) -> dict[str, Any]:
    """Run a module of this package, with another Python if one is named, and read the JSON on its last line."""
    command = [python, "-m", module, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peak_gib() -> float:
    """Largest memory this process has held, in GiB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    for line in status.read_text(encoding="utf-8").splitlines() if status.exists() else []:
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 2**20
    return 0.0
