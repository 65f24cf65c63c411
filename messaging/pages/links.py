"""/t/{token} and /o/{token}.gif: where links of messages lead over, and the pixel that tells of an open."""

import re
from base64 import b64decode
from contextlib import suppress

import idna
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import iri_to_uri
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from messaging.links import ClickLink, is_short_code, read_click, read_open
from messaging.models import ShortLink
from messaging.pages.answers import not_found
from messaging.pages.visitors import count_miss, is_guessing, visitor_of
from messaging.services.visits import note_click, note_open
from projects.tracked_hosts import serves

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PLACE_OF_SMS = 0
# Blanks are written as %20 on the way, as browsers do with what a template (or a name in it) put into a link.
WEB = re.compile(r"https?://[^\x00-\x20\x7f][^\x00-\x1f\x7f]*", re.IGNORECASE)
_HOST = re.compile(r"(https?://(?:[^/?#@]*@)?)([^/?#:]+)", re.IGNORECASE)


@csrf_exempt
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Redirect to the link that stands in the token, or behind the code, and nowhere else; 404 for any other."""
    link = _link(request, token)
    if link is None or not WEB.fullmatch(link.url) or not serves(request, link.project_id):
        return not_found(request)
    note_click(
        link.message_id,
        project_id=link.project_id,
        place=link.place,
        url=link.url,
        visitor=visitor_of(request),
    )
    answer = HttpResponse(status=302, headers={"Location": _location(link.url), "Cache-Control": "no-store"})
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@csrf_exempt
@require_safe
def show_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """A transparent picture of one pixel, whatever the token: a mail program shows nothing broken."""
    link = read_open(token)
    if link and serves(request, link.project_id):
        note_open(link.message_id, project_id=link.project_id, visitor=visitor_of(request))
    return HttpResponse(PIXEL, content_type="image/gif", headers={"Cache-Control": "no-store, private"})


def _location(url: str) -> str:
    """The URL in ASCII: its host in punycode, which not all programs do themselves, the rest in percents."""
    found = _HOST.match(url)
    if found and not found[2].isascii():
        with suppress(idna.IDNAError):
            url = f"{found[1]}{idna.encode(found[2], uts46=True).decode()}{url[found.end() :]}"
    return iri_to_uri(url)


def _link(request: HttpRequest, token: str) -> ClickLink | None:
    if not is_short_code(token):
        return read_click(token)
    if is_guessing(request):
        return None
    found = ShortLink.objects.filter(pk=token).first()
    if found is None:
        count_miss(request)
        return None
    return ClickLink(found.project_id, found.message_id, PLACE_OF_SMS, found.url)
