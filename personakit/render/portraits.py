"""Portraits: drawn from a few shapes, never a photo, never a real person, and the same for the same persona each time."""

from __future__ import annotations

import hashlib

from markupsafe import Markup

# ruff: noqa: E501  paths are as long as they are
#: Hair as paths on a canvas of 100 by 100, around a head at (50, 40) of 17 by 20; one shape behind the head, one in front.
_HAIR = (
    ("", "M32 38 C32 20 68 20 68 38 C64 30 56 28 50 28 C44 28 36 30 32 38Z"),
    ("M30 38 C28 14 72 14 70 38 L72 64 C66 68 62 62 62 56 L38 56 C38 62 34 68 28 64Z", "M33 36 C36 24 62 22 67 36 C58 32 46 30 33 36Z"),
    ("", "M31 40 C29 16 71 16 69 40 C69 34 60 26 47 27 C40 28 34 32 31 40Z"),
    ("M50 25 a8 8 0 1 1 .1 0Z", "M32 38 C32 18 68 18 68 38 C60 29 40 29 32 38Z"),
    ("M29 42 C26 16 74 16 71 42 L71 54 C66 56 64 50 64 46 L36 46 C36 50 34 56 29 54Z", "M34 34 C40 24 60 24 66 34 C60 31 40 31 34 34Z"),
    ("M27 40 a10 12 0 0 1 8 -18 a12 10 0 0 1 30 0 a10 12 0 0 1 8 18 a8 9 0 0 1 -8 12 L35 52 a8 9 0 0 1 -8 -12Z", ""),
    ("", "M31 36 L69 36 C69 20 62 17 50 17 C38 17 31 20 31 36Z M28 36 h44 v4 h-44Z"),
    ("M30 40 C30 16 70 16 70 40 C76 52 70 70 64 74 L60 56 L40 56 L36 74 C30 70 24 52 30 40Z", "M33 37 C44 35 52 30 55 24 C60 28 65 31 67 37 C68 22 34 20 33 37Z"),
    ("", ""),
)  # fmt: skip
_CLOTHES = (
    "M16 100 C16 74 34 66 50 66 C66 66 84 74 84 100Z",
    "M14 100 C16 72 38 70 42 64 L58 64 C62 70 84 72 86 100Z",
    "M18 100 C18 70 36 68 40 62 C44 70 56 70 60 62 C64 68 82 70 82 100Z",
)
_COLLARS = ("", "M42 66 L50 80 L58 66", "M38 67 C44 76 56 76 62 67", "M50 68 L50 100")


def portrait(segment: int, colour: str, *, seed: str = "") -> Markup:
    """
    Draw the picture of a persona: a head without a face, in shades of the persona's colour.

    Parameters
    ----------
    segment : int
        The segment; pictures of one study differ by it.
    colour : str
        The persona's colour as ``#rrggbb``.
    seed : str
        The study's title: studies differ by it.

    Returns
    -------
    markupsafe.Markup
        An SVG that says nothing to screen readers, since it carries no information. It holds no text of the data.
    """
    start = hashlib.sha256(seed.encode()).digest()[0]
    behind, front = _HAIR[(start + segment * 2) % len(_HAIR)]
    body, collar = _CLOTHES[(start + segment) % len(_CLOTHES)], _COLLARS[(start // 3 + segment) % len(_COLLARS)]
    pale, middle, dark = _mixed(colour, 0.86), _mixed(colour, 0.55), _mixed(colour, -0.35)
    glasses = (start + segment) % 4 == 0
    parts = [f'<rect width="100" height="100" fill="{pale}"/>', f'<path d="{behind}" fill="{dark}"/>' if behind else "",
             f'<path d="{body}" fill="{colour}"/>', f'<path d="M44 54 h12 v12 a6 6 0 0 1 -12 0Z" fill="{middle}"/>',
             f'<ellipse cx="50" cy="40" rx="17" ry="20" fill="{middle}"/>',
             f'<path d="{front}" fill="{dark}"/>' if front else "",
             f'<path d="{collar}" fill="none" stroke="{pale}" stroke-width="2"/>' if collar else "",
             f'<g fill="none" stroke="{dark}" stroke-width="1.6"><circle cx="43" cy="42" r="5.5"/><circle cx="57" cy="42" r="5.5"/>'
             '<path d="M48.5 42 h3"/></g>' if glasses else ""]  # fmt: skip
    drawn = "".join(parts)  # the style sheet makes it round
    return Markup(f'<svg class="portrait" viewBox="0 0 100 100" aria-hidden="true">{drawn}</svg>')  # noqa: S704  numbers and colours


def _mixed(colour: str, part: float) -> str:
    """Mix a colour with white (part above 0) or black (below)."""
    other = 255 if part > 0 else 0
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (other - c) * abs(part)):02x}" for c in channels)
