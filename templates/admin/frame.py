"""A rendered e-mail as a page of its own, for a frame: nothing in it runs, and it can reach nothing but pictures."""

from django.http import HttpResponse

POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "img-src https: http: data:",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
_NOTHING = '<body style="font:14px sans-serif;color:#777;padding:2em">This e-mail has no HTML.</body>'


def mail_frame(html: str) -> HttpResponse:
    """Answer with an e-mail's HTML, to be shown in `<iframe sandbox="">`."""
    response = HttpResponse(html or _NOTHING, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    return response
