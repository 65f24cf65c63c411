"""The panel's Content-Security-Policy: what a page that somehow got foreign HTML in could still do, which is little."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from sendios.bodies import told_length

LARGEST_FORM_OF_A_STRANGER = 64 * 1024
"""Bytes. The check of a form's origin reads it, files included, which Django writes to the disk, before any sign-in."""

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
        is_panel = request.path.startswith("/admin/")
        if is_panel and told_length(request) > LARGEST_FORM_OF_A_STRANGER and not request.user.is_authenticated:
            return HttpResponse(status=413)
        response = self.get_response(request)
        if is_panel:
            response.setdefault("Content-Security-Policy", POLICY)
            response.setdefault("Referrer-Policy", "same-origin")
        return response
