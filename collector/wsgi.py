"""How does a WSGI server run the collector? ``collector.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collector.settings.deployed")
application = get_wsgi_application()
