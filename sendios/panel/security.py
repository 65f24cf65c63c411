"""The panel's Content-Security-Policy: what a page that somehow got foreign HTML in could still do, which is little."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    (
        "default-src 'none'",
        # Alpine, which unfold is built on, evaluates its attributes; inline scripts and handlers stay forbidden.
        "script-src 'self' 'unsafe-eval'",
        # unfold writes its colours into a <style> and widths into style="".
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        # Logos in previews are the customers' own, wherever they are.
        "img-src 'self' data: https:",
        "connect-src 'self'",
        # Rendered e-mails, each under a policy of its own: templates/admin/frame.py.
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


class PanelPolicy:
    """Adds the policy to every answer below /admin/, pages for signing in and errors included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response.setdefault("Content-Security-Policy", POLICY)
            response.setdefault("Referrer-Policy", "same-origin")
        return response
