"""How bars are drawn: with a legend and a scale, in unfold's chart component."""

import orjson


def bar_options(*, stacked: bool) -> str:
    """Chart.js' options as JSON: bars of a day on top of each other, or in front of each other, the first in front."""
    return orjson.dumps(
        {
            "animation": False,
            "maintainAspectRatio": False,
            "grouped": False,
            "maxBarThickness": 18,
            "plugins": {
                "legend": {
                    "display": True,
                    "align": "end",
                    "labels": {"boxHeight": 8, "boxWidth": 8, "color": "#6b7280"},
                }
            },
            "scales": {
                "x": {"stacked": stacked, "grid": {"display": False}, "ticks": {"color": "#6b7280"}},
                "y": {
                    "stacked": stacked,
                    "beginAtZero": True,
                    "grid": {},
                    "ticks": {"color": "#6b7280", "precision": 0, "maxTicksLimit": 6},
                },
            },
        }
    ).decode()
