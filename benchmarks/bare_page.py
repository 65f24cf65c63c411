"""The baseline of S9: a Django view without middleware that makes one INSERT and answers; nothing else.

Served by granian like the product: `granian --interface wsgi benchmarks.bare_page:application`.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

INSERT = """
INSERT INTO messaging_visit (project_id, message_id, kind, place, detail, machine) VALUES (0, 0, 'opened', 0, %s, '')
"""


def bare(request: HttpRequest, token: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [request.headers.get("User-Agent", "")])
    return HttpResponse(status=302, headers={"Location": "https://shop.example.com/"})


urlpatterns = [path("t/<str:token>", bare)]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendios.settings")
settings.ROOT_URLCONF = "benchmarks.bare_page"
settings.MIDDLEWARE = []
application = get_wsgi_application()
