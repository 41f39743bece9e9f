"""Settings that are safe in production; `dev` and `test` subtract from them."""

import os
from pathlib import Path

from csp.constants import SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from rbsite.base.routers import CACHE
from rbsite.devdb import default_url

from .env import BASE_DIR, env, origins_of

DATA_DIR = Path(env.str("RB_DATA_DIR", default=str(BASE_DIR / ".data"))).absolute()
DEBUG = False
DEMO = env.bool("RB_DEMO", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and os.environ.get("DJANGO_SETTINGS_MODULE") == "rbsite.settings.base":
    raise ImproperlyConfigured("Set SECRET_KEY: a long random string that only this deployment knows.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
PORT = env.int("RB_PORT", default=8000)
BASE_URL = env.str("RB_BASE_URL", default=f"http://127.0.0.1:{PORT}")
STATE_BRAND = env.bool("RB_STATE_BRAND", default=False)
MAINTENANCE = env.bool("RB_MAINTENANCE", default=False)

INSTALLED_APPS = [
    "community",
    "knowledge",
    "sites_registry",
    "rbsite.accounts",
    "rbsite.territories",
    "rbsite.base",
    "wagtailgeowidget",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "import_export",
    "dsfr",
    "widget_tweaks",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "rbsite.base.middleware.PermissionsPolicy",
    "rbsite.base.preparation.Prepared",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rbsite.base.middleware.Maintenance",
    "rbsite.base.middleware.OnlyUtf8",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "rbsite.base.middleware.KeptNowhere",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "rbsite.base.middleware.EditorContentPolicy",
]

ROOT_URLCONF = "rbsite.urls"
WSGI_APPLICATION = "rbsite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
FORMS_URLFIELD_ASSUME_HTTPS = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rbsite.base.context.platform",
            ],
        },
    },
]

# --- data ---------------------------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="") or default_url(DATA_DIR)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].update(ATOMIC_REQUESTS=True, CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
#: How long PostgreSQL lets commands wait, and requests: a request that hangs holds one of a few threads.
DATABASE_LIMITS = {"lock_timeout": "5s"}
DATABASE_LIMITS_OF_REQUESTS = {
    "lock_timeout": "800ms",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}
if replica := env.str("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = env.db_url_config(replica)
#: Whether going back before the first migration of a room may drop what people have written.
DROP_DATA = env.bool("RB_DROP_DATA", default=False)
#: Counts of attempts and what was worked out once, the same for all processes.
CACHES = {"default": env.cache_url("CACHE_URL", default="dbcache://platform_cache")}
if CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 20_000}
    DATABASES[CACHE] = DATABASES["default"] | {"ATOMIC_REQUESTS": False}
DATABASE_ROUTERS = ["rbsite.base.routers.CacheRouter"]
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
#: Whether each process looks, before it answers, that everything is prepared (`rbsite.base.preparation`).
CHECKS_PREPARED = True
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20

# --- people -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["rbsite.accounts.backends.GrantsBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "rbsite.accounts.passwords.NotGuessedValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/tableau-de-bord/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "rbsite.accounts.adapters.ClosedAccountAdapter"
ACCOUNT_FORMS = {"reset_password": "rbsite.accounts.forms.ForgottenPasswordForm"}
#: Attempts let pass. An office signs in from one address; whoever tries passwords tries them from many.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "10/5m/key,100/h/ip",  # on one login, then on any, from one address
    "login_failed_everywhere": "50/h/key",  # on one login, from browsers in which it has never signed in
    "login_failed_known": "10/5m/key",  # on one login, in a browser in which it has
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are opened by an administrator who knows the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody makes us write to strangers; the screen says the same thing
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

# --- language -----------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- safety -------------------------------------------------------------------------------------------------------
#: Proxies before this process, each of which adds to X-Forwarded-For; without any, nobody's word is taken for it.
TRUSTED_PROXIES = env.int("RB_TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https")
SECURE_HSTS_SECONDS = 31_536_000 if BASE_URL.startswith("https") else 0
#: Addresses whose answers a browser may keep, even of a signed-in person, with the reason; others are kept nowhere.
KEPT_ON_PURPOSE = {
    "geo:tile": "the same for everybody: it holds nothing of the platform",
    "sites:map_data": "private, and asked again each time by its tag: 200 kB for ten thousand sites",
    "sites:map_image": "drawn from the same sites, with the same tag",
    "wagtailadmin_sprite": "icons of the editor, the same for everybody",
    "wagtailadmin_javascript_catalog": "words of the editor, the same for everybody",
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS of sub-domains: the domain's other services are not ours to bind
    "security.W008",  # the proxy that ends TLS redirects to https; here, its own health checks in http would be too
    "security.W019",  # frames of the same origin: the editor previews pages in one
    "security.W021",  # the preload list takes a whole domain, for years: the domain's owner asks for it
]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail previews pages in a frame of the same origin
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": ["'none'"],
    }
}
WAGTAIL_ADMIN_CSP = {
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}

# --- mail ---------------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds
#: Mails leave once their reader is answered (`rbsite.base.after`).
AFTER_ANSWER_AT_ONCE = False
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Résorption-bidonvilles <ne-pas-repondre@localhost>")

# --- Wagtail ------------------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Résorption-bidonvilles"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_I18N_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_FRONTEND_LOGIN_URL = "/compte/connexion/"
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAIL_MODERATION_ENABLED = False
WAGTAIL_WORKFLOW_ENABLED = False
TASKS = {"default": {"BACKEND": "rbsite.base.tasks.WhenKept"}}
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "fr_sans_accent"},
}
DSFR_USE_INTEGRITY_CHECKSUMS = False
DSFR_MARK_OPTIONAL_FIELDS = True
IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- maps ---------------------------------------------------------------------------------------------------------
#: Geocoder back-ends asked in turn (`rbsite.territories.geocoders`); the communes need no network.
GEOCODER_BACKENDS = env.list("RB_GEOCODER", default=["communes"])
#: Base map of every map: our own contour tiles unless a deployment names an XYZ address.
TILES_URL = env.str("RB_TILES_URL", default="/geo/fond/{z}/{x}/{y}.svg")
TILES_ATTRIBUTION = env.str(
    "RB_TILES_ATTRIBUTION",
    default="Contours Natural Earth · communes INSEE/Etalab (Licence Ouverte) · points GeoNames (CC BY 4.0)",
)
#: Aerial photographs and land register, offered on the map of sites when a deployment names their addresses.
TILES_PHOTOS_URL = env.str("RB_TILES_PHOTOS_URL", default="")
TILES_PHOTOS_ATTRIBUTION = env.str("RB_TILES_PHOTOS_ATTRIBUTION", default="© IGN – Géoplateforme")
TILES_CADASTRE_URL = env.str("RB_TILES_CADASTRE_URL", default="")
TILES_CADASTRE_ATTRIBUTION = env.str("RB_TILES_CADASTRE_ATTRIBUTION", default="© DGFiP / IGN – PCI vecteur")
_TILE_SERVERS = origins_of(TILES_URL, TILES_PHOTOS_URL, TILES_CADASTRE_URL)
CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] += _TILE_SERVERS
WAGTAIL_ADMIN_CSP["img-src"] += _TILE_SERVERS
GEO_WIDGET_LEAFLET_TILE_LAYER = TILES_URL
GEO_WIDGET_LEAFLET_TILE_LAYER_OPTIONS = {"attribution": TILES_ATTRIBUTION, "maxZoom": 19}
GEO_WIDGET_DEFAULT_LOCATION = {"lat": 46.6, "lng": 2.4}
GEO_WIDGET_ZOOM = 12

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
