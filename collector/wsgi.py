"""How does a WSGI server run the collector? ``collector.wsgi:application``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collector.settings.deployed")
application = get_wsgi_application()
# All pages are loaded now, and what that takes stays for good: else Python walks through it every few dozen requests,
# and each time somebody waits a tenth of a second longer.
get_resolver().url_patterns  # noqa: B018 - reading it loads them
gc.collect()
gc.freeze()
