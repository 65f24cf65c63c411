"""What all pages have in common: a policy that lets nothing in, no cookies, nothing kept by caches."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from messaging.pages.words import words_for

STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --quiet: #616e7c; --line: #cbd2d9; --sheet: #fff; --page: #f5f7fa; --deed: #7c3aed; }
@media (prefers-color-scheme: dark) { :root { --ink: #f5f7fa; --quiet: #9aa5b1; --line: #3e4c59; --sheet: #1f2933; --page: #12181f; --deed: #8b5cf6; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 16px; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 6vh auto 0; padding: 28px; background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 4px; font-size: 1.35rem; line-height: 1.3; }
p { margin: 0 0 16px; } .quiet { color: var(--quiet); }
.done { padding: 10px 14px; border-left: 4px solid #0e9f6e; background: color-mix(in srgb, #0e9f6e 12%, transparent); }
fieldset { margin: 0 0 16px; padding: 0; border: 0; } legend { padding: 0; font-weight: 600; margin-bottom: 6px; }
label { display: flex; gap: 10px; padding: 8px 0; align-items: flex-start; cursor: pointer; }
input { width: 1.15rem; height: 1.15rem; margin-top: 3px; accent-color: var(--deed); flex: none; }
button { width: 100%; padding: 12px 18px; border: 0; border-radius: 8px; background: var(--deed); color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
button.second { margin-top: 10px; background: transparent; color: var(--ink); border: 1px solid var(--line); }
button:focus-visible, input:focus-visible { outline: 3px solid color-mix(in srgb, var(--deed) 50%, transparent); outline-offset: 2px; }
hr { border: 0; border-top: 1px solid var(--line); margin: 24px 0; }
""".strip()  # noqa: E501  (a style sheet, which the policy names by its hash)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def page(template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of ours, rendered without a request: no cookie, no session, nothing of the panel."""
    html = render_to_string(template, {**context, "style": STYLE})
    return HttpResponse(html, status=status, headers=HEADERS)


def not_found(request: HttpRequest) -> HttpResponse:
    """The same for whatever isn't there, isn't ours, or was made up."""
    context = {"words": words_for(request.headers.get("Accept-Language", "")), "title": ""}
    return page("messaging/pages/missing.html", context, status=404)
