"""How the panel looks: unfold's settings. Pages and their order: navigation.py."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def icon(_request: HttpRequest) -> str:
    """Our own sign, drawn for light and dark."""
    return static("panel/icon.svg")


def stylesheet(_request: HttpRequest) -> str:
    return static("panel/panel.css")


def script(_request: HttpRequest) -> str:
    return static("panel/panel.js")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Sendios",
    "SITE_HEADER": "Sendios",
    "SITE_SUBHEADER": "Omnichannel communication",
    "SITE_URL": None,
    "SITE_ICON": icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 190)",
            "100": "oklch(94.5% .038 188)",
            "200": "oklch(89.5% .07 187)",
            "300": "oklch(82.5% .105 186)",
            "400": "oklch(73% .12 186)",
            "500": "oklch(62% .115 188)",
            "600": "oklch(53% .1 190)",
            "700": "oklch(45.5% .085 191)",
            "800": "oklch(38.5% .07 192)",
            "900": "oklch(33.5% .058 193)",
            "950": "oklch(24% .045 195)",
        }
    },
    "STYLES": [stylesheet],
    "SCRIPTS": [script],
    "LOGIN": {"form": "sendios.panel.login.LoginForm"},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "sendios.panel.navigation.navigation",
    },
    "COMMAND": {"search_models": False},
}
