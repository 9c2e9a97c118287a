"""What makes the pages a city's own: its name, its logo, its colour. All of it comes from the settings."""

import hashlib
from typing import Any

from settings import Settings

COLOUR = "#0b4a5c"
"""Ours, where a city has set none."""


def brand(settings: Settings) -> dict[str, Any]:
    """What the frame of a page knows of the city; addresses change with what they show."""
    mark = hashlib.sha256(f"{settings.city_colour}|{settings.city_logo}".encode()).hexdigest()[:8]
    return {
        "city_name": settings.city_name or settings.coordinator_name,
        "colour": settings.city_colour or COLOUR,
        "brand_style": f"/brand.css?v={mark}" if settings.city_colour else "",
        "brand_logo": f"/brand/logo?v={mark}" if settings.city_logo else "",
    }


def style_sheet(settings: Settings) -> str:
    """The city's colour, laid over ours: by day as it is, by night as dark as our own."""
    if settings.city_colour is None:
        return ""
    deep = _mixed(settings.city_colour, 0.7)
    night, deeper = _mixed(settings.city_colour, 0.6), _mixed(settings.city_colour, 0.45)
    return (
        f":root {{ --brand: {settings.city_colour}; --brand-deep: {deep}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --brand: {night}; --brand-deep: {deeper}; }} }}\n"
    )


def _mixed(colour: str, share: float) -> str:
    """A colour with black: `share` of it is left."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * share):02x}" for part in parts)
