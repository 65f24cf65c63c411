"""The baseline of S5: a DRF view that makes one upsert and one insert and answers with an id; nothing else.

Served by granian like the product: `granian --interface wsgi benchmarks.bare_view:application`.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendios.settings")
settings.ROOT_URLCONF = "benchmarks.bare_urls"
application = get_wsgi_application()
