"""Settings, from the environment: each has a default that serves `make up` on one machine.

SENDIOS_HOME is the folder for all that must survive a restart on a machine with embedded engines; on several
machines set DATABASE_URL, REDIS_URL, SECRET_KEY and FIELD_ENCRYPTION_KEYS alike on each.
"""

from ipaddress import ip_network
from pathlib import Path

import django_stubs_ext
import environ

from sendios.panel.unfold import UNFOLD  # noqa: F401  (a setting)
from sendios.secrets import keys_from_file, secret_from_file

# Django's generic classes take their type arguments at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SENDIOS_HOME = Path(env.str("SENDIOS_HOME", default=str(BASE_DIR / ".local"))).resolve()
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_from_file(SENDIOS_HOME / "secret_key")
# Keys of before: links in messages that were sent under them go on working.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Newest key first: it encrypts; all of them decrypt.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[]) or keys_from_file(
    SENDIOS_HOME / "encryption_keys"
)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Reverse proxies (addresses, networks) whose X-Forwarded-For is believed, where guesses are slowed by address.
TRUSTED_PROXIES = [ip_network(each, strict=False) for each in env.list("TRUSTED_PROXIES", default=[])]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where the world reaches this installation: receipts and links are built on it.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "sendios.panel.apps.PanelConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_rq",
    "simple_history",
    "sendios",
    "projects",
    "users",
    "templates",
    "channels_app",
    "messaging",
    "transactional",
    "campaigns",
]

MIDDLEWARE = [
    "sendios.proxies.TrustedProxies",
    "sendios.api.middleware.ApiBoundary",
    "django.middleware.security.SecurityMiddleware",
    "sendios.direct.DirectApi",
    "sendios.pages.TrackedHosts",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "sendios.panel.security.PanelPolicy",
]

ROOT_URLCONF = "sendios.urls"
WSGI_APPLICATION = "sendios.wsgi.application"
APPEND_SLASH = False  # the panel adds its own slashes; the API serves both forms

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "sendios" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql://127.0.0.1:5432/sendios")}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5
# Used by projects/statements.py only; Django's own cursors never prepare.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 2 if env.bool("PREPARED_STATEMENTS", default=True) else None
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", default="test_sendios")}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# One queue a worker process: see docs/decisions/0003-one-queue-a-worker.md
RQ_QUEUES = {
    name: {
        "URL": REDIS_URL,
        "DEFAULT_TIMEOUT": 180,
        "SERIALIZER": "rq.serializers.JSONSerializer",
    }
    for name in ("transactional", "campaigns", "events", "webhooks")
}
RQ_SHOW_ADMIN_LINK = False

AUTH_USER_MODEL = "projects.Operator"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "sendios_session"
CSRF_COOKIE_NAME = "sendios_csrf"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "SAMEORIGIN"

# History is to be read: putting old values back would go past the services.
SIMPLE_HISTORY_REVERT_DISABLED = True

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "sendios.formats"

STATIC_URL = "/static/"
STATIC_ROOT = SENDIOS_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["projects.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["sendios.api.parsers.TolerantJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["sendios.api.renderers.EnvelopeRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "sendios.api.renderers.AlwaysJSON",
    "DEFAULT_THROTTLE_CLASSES": ["projects.api.throttling.ClientTokenBucket"],
    "DEFAULT_SCHEMA_CLASS": "sendios.api.schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "sendios.api.errors.handle_exception",
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sendios API",
    "DESCRIPTION": "Omnichannel users, app push and SMS. Wire-compatible with Sendios.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/v1",
    "ENUM_NAME_OVERRIDES": {"AddressStatus": "users.vocabulary.AddressStatus"},
}

# Providers: the base addresses can point at any stand-in.
FCM_URL = env.str("FCM_URL", default="https://fcm.googleapis.com").rstrip("/")
FCM_TOKEN_URL = env.str("FCM_TOKEN_URL", default="")  # empty: the token_uri of the service account
APNS_URL = env.str("APNS_URL", default="").rstrip("/")  # empty: Apple's, by the identifier's environment
VONAGE_URL = env.str("VONAGE_URL", default="https://rest.nexmo.com").rstrip("/")
PROVIDER_CA_FILE = env.str("PROVIDER_CA_FILE", default="")  # empty: the system's certificates
# What counts the segments of an SMS; templates ask it without knowing the channel.
SMS_MEASURE = "channels_app.sms.length.measure"
# The page that sends a test of a template: what sends stands above templates.
TRIAL_PAGE = "transactional.admin.trials.trial_page"
# Asked before a segment is deleted: campaigns stand above users, who can't import them.
SEGMENT_GUARDS = ["campaigns.selectors.why_segment_stays"]
# Webhooks and checks of domains call public addresses only, and those in these networks (CIDR), such as 10.1.2.0/24.
OUTGOING_ALLOWED_NETWORKS = env.list("OUTGOING_ALLOWED_NETWORKS", default=[])
# Asked for MX and CNAME records, as ADDRESS or ADDRESS:PORT; empty: the system's.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
# The host that the CNAME of a tracking domain must name; empty: that of PUBLIC_URL.
TRACKING_TARGET = env.str("TRACKING_TARGET", default="")
OUTGOING_CA_FILE = env.str("OUTGOING_CA_FILE", default="")  # empty: the system's certificates
SANDBOX_URL = env.str("SANDBOX_URL", default="")  # shown in the panel when the demo runs

# What else forgets a user who is erased; dotted names, so that users need not know the apps above it.
ERASE_USER_IN = ("messaging.services.erasure.forget_texts", "projects.services.webhooks.forget_events")

# How long a worker may be silent before its messages are given to others; it renews its lease every third of this.
LEASE_SECONDS = env.float("LEASE_SECONDS", default=30.0)

# Who knows what a project's types are called; users have their numbers only.
TYPE_NAMES = "messaging.selectors_types.names_of_types"
# What the apps above add to a user's page and to a user's export.
PROFILE_SECTIONS = ("messaging.admin.profile.timeline_section",)
PROFILE_EXPORTS = ("messaging.admin.profile.messages_of_user",)

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "sendios.logs.configure"
LOGGING: dict[str, object] = {"level": LOG_LEVEL}
