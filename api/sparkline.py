"""The small chart of an indicator's earlier quarters as geometry, so that the template only draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.contracts.answering import Previous

WIDTH, HEIGHT, MARGIN = 132, 32, 5
"""Pixels."""
FEWEST = 2
"""Figures that make a line."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One quarter with a figure."""

    x: float
    y: float
    last: bool


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line from zero upwards, broken where a quarter has no figure. `lines`: points as SVG writes them."""

    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    zero: float
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(earlier: Sequence[Previous]) -> Sparkline | None:
    """The line of some quarters, the oldest first; None where there are too few figures for one.

    Quarters in which nothing was asked take no room: what matters is what came after what.
    """
    figures = [each.reading.number for each in earlier]
    known = [float(figure) for figure in figures if figure is not None]
    if len(known) < FEWEST:
        return None
    low, high = min(0.0, *known), max(0.0, *known)
    scale = (HEIGHT - 2 * MARGIN) / ((high - low) or 1)
    step = (WIDTH - 2 * MARGIN) / (len(figures) - 1)
    dots: list[Dot] = []
    lines: list[list[str]] = [[]]
    for place, figure in enumerate(figures):
        if figure is None:
            lines.append([])
            continue
        x, y = round(MARGIN + place * step, 1), round(HEIGHT - MARGIN - (float(figure) - low) * scale, 1)
        dots.append(Dot(x, y, last=place == len(figures) - 1))
        lines[-1].append(f"{x},{y}")
    zero = round(HEIGHT - MARGIN + low * scale, 1)
    return Sparkline(tuple(" ".join(line) for line in lines if len(line) > 1), tuple(dots), zero)
