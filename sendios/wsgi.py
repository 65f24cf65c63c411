"""The WSGI entry point that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from sendios.garbage import collect_less_often

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendios.settings")
application = get_wsgi_application()
# Otherwise the first request of each process imports every view, and whoever sent it waits for seconds.
get_resolver().url_patterns  # noqa: B018  (a property that does the work)
collect_less_often()
