"""The library that reads and writes notebooks, imported without a part that takes seconds and that notebooks have no use for."""

import sys
from typing import Any

#: Its grammar of international web addresses is built whenever it is imported; no field of a notebook is one.
_SLOW = "rfc3987_syntax"
_modules: dict[str, Any] = sys.modules

_is_absent = _modules.setdefault(_SLOW, None) is None  # Python takes None for a module that is not installed
import nbformat  # noqa: E402

if _is_absent:
    del _modules[_SLOW]

__all__ = ["nbformat"]
