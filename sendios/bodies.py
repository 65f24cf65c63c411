"""How much a client says that it sends, known before anything of it is read."""

from django.http import HttpRequest

_DIGITS = 20
"""Of a number that long, the rest makes no difference to any limit."""


def told_length(request: HttpRequest) -> int:
    """Bytes by Content-Length; 0 where nothing or no number is said, which is how Django takes it, too."""
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(told[:_DIGITS]) if told.isdecimal() else 0
