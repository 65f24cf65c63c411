"""The page for people and its two files, from memory."""

from __future__ import annotations

from pathlib import Path

from sandbox.wire import Answer, Request

FOLDER = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
FILES = {
    "/": ("phones.html", "text/html; charset=utf-8"),
    "/static/phones.css": ("phones.css", "text/css; charset=utf-8"),
    "/static/phones.js": ("phones.js", "text/javascript; charset=utf-8"),
    "/static/faults.js": ("faults.js", "text/javascript; charset=utf-8"),
}
HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-cache"),
)


class Pages:
    def __init__(self) -> None:
        self._files = {path: ((FOLDER / name).read_bytes(), kind) for path, (name, kind) in FILES.items()}

    def answer(self, request: Request) -> Answer | None:
        """None when the path is not one of these."""
        file = self._files.get(request.path) if request.method in ("GET", "HEAD") else None
        if file is None:
            return None
        body, kind = file
        return Answer(200, body, HEADERS, content_type=kind)
