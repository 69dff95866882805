"""Settings of all modes in one file, from environment variables only. Importing it starts nothing.

QHPLAN_MODE is `production` unless the Makefile sets `trial` or `test`; only these two may start their own database and
broker (`qhplan/services.py`), fix the clock or run with a generated key. A missing or invalid variable stops the start
with one sentence that names the variable and the required value.
"""

import hashlib
import os
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from tasks.notifications.values import Channel  # plain words: nothing of the apps is loaded yet

from . import services, static_headers

BASE_DIR = Path(__file__).resolve().parent.parent


def need(name: str, hint: str) -> str:
    """The value of a required variable. Raises ImproperlyConfigured with `hint`."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {hint}.")
    return value


def flag(name: str) -> bool:
    """A switch; refuses values that are neither on nor off."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: put 1 to switch it on or 0 to switch it off.")


def number(name: str, default: int) -> int:
    """A whole number above zero, or the default."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) < 1:
        raise ImproperlyConfigured(f"{name} is {value!r}: put a whole number above zero, such as {default}.")
    return int(value)


def numbers(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """Comma-separated whole numbers above zero, or the default."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: put whole numbers with commas between, such as {','.join(map(str, default))}."
        )
    return tuple(int(part) for part in parts)


def time_of_day(name: str, default: str) -> time:
    """A time such as 08:30, or the default."""
    value = os.environ.get(name, "").strip() or default
    try:
        return time.fromisoformat(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: put a time such as {default}.") from error


def backup_recipients(name: str) -> list[str]:
    """Public keys with commas between; none, and no backup is made."""
    keys = [key.strip() for key in os.environ.get(name, "").split(",") if key.strip()]
    if any(not key.startswith("age1") for key in keys):
        raise ImproperlyConfigured(
            f"{name} is {','.join(keys)!r}: put the public key that `manage.py backup_key` prints, age1…."
        )
    return keys


def daemon(name: str) -> str:
    """The address of a daemon, as `unix:/path` or `tcp:host:port`; "" if none is set."""
    value = os.environ.get(name, "").strip()
    plain = value.replace("://", ":", 1)
    if plain.startswith("/"):
        plain = f"unix:{plain}"
    kind, _colon, place = plain.partition(":")
    host, _colon, port = place.rpartition(":")
    if value and not (
        (kind == "unix" and place.startswith("/"))
        or (kind == "tcp" and host and port.isdecimal() and 0 < int(port) < 65536)
    ):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: put the daemon's socket, such as /run/clamav/clamd.ctl or tcp://clamav:3310."
        )
    return plain


def database(url: str, name: str) -> dict[str, Any]:
    """Connection parameters from a database URL; accepts PostgreSQL only."""
    try:
        parsed: dict[str, Any] = environ.Env.db_url_config(url)
    except Exception as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read: put postgres://user:password@host:5432/database."
        ) from error
    if not str(parsed.get("ENGINE", "")).endswith("postgresql") or not parsed.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} is not a PostgreSQL address: put postgres://user:password@host:5432/database."
        )
    # A URL contains the folder of a socket as postgres://role@%2Frun%2Fpostgresql/database.
    return {**parsed, "HOST": unquote(str(parsed.get("HOST") or ""))}


# -- mode ---------------------------------------------------------------------------------------------------

QHPLAN_MODE = os.environ.get("QHPLAN_MODE", "").strip() or "production"
if QHPLAN_MODE not in {"production", "trial", "test"}:
    raise ImproperlyConfigured(
        f"QHPLAN_MODE is {QHPLAN_MODE!r}: put production, trial or test, or leave it out."
    )
PRODUCTION = QHPLAN_MODE == "production"

DEBUG = flag("DEBUG")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG is on, which shows settings and data to strangers: put 0 or leave DEBUG out."
    )

QHPLAN_NOW: datetime | None = None
if PRODUCTION:
    if os.environ.get("QHPLAN_NOW"):
        raise ImproperlyConfigured(
            "QHPLAN_NOW fixes the clock, which is for trial sites: leave QHPLAN_NOW out."
        )
else:
    # 2017Q2 has just ended and is open for filing.
    _now = os.environ.get("QHPLAN_NOW") or ("2017-07-05T10:00:00+08:00" if QHPLAN_MODE == "trial" else "")
    if _now:
        try:
            QHPLAN_NOW = datetime.fromisoformat(_now)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"QHPLAN_NOW is {_now!r}: put a moment such as 2017-07-05T10:00:00+08:00."
            ) from error
        if QHPLAN_NOW.tzinfo is None:
            raise ImproperlyConfigured(f"QHPLAN_NOW is {_now!r}: add the time zone, as in {_now}+08:00.")

# -- folders ------------------------------------------------------------------------------------------------

# Uploaded files, prepared fonts, the database of a trial site.
DATA_DIR = Path(
    os.environ.get("QHPLAN_DATA")
    or BASE_DIR / {"production": "data", "trial": ".trial", "test": ".test"}[QHPLAN_MODE]
)
MEDIA_ROOT = DATA_DIR / "media"
UPLOAD_DIR = MEDIA_ROOT / "incoming"  # uploads in progress, on the same disk
# Prepared fonts depend only on their sources, so a trial site and the tests share one folder.
FONT_CACHE_DIR = Path(
    os.environ.get("QHPLAN_FONT_CACHE")
    or (DATA_DIR / "fonts" if PRODUCTION else BASE_DIR / "build" / "fonts")
)
# Where further free fonts are looked for: signs, rare hanzi, Tibetan, Mongolian, 楷体 (reports/typeset/fonts.py).
QHPLAN_FONT_FOLDERS = [
    folder
    for folder in (os.environ.get("QHPLAN_FONT_FOLDERS") or "/usr/share/fonts:/usr/local/share/fonts").split(
        ":"
    )
    if folder
]
# The office's own licensed fonts for its briefs, by role: QHPLAN_FONT_BODY=/fonts/仿宋_GB2312.ttf (file.ttc#1 selects a
# font of a collection). Other roles use the free fonts of the package.
QHPLAN_FONTS = {
    role: os.environ[f"QHPLAN_FONT_{role.upper()}"]
    for role in ("title", "body", "heading", "kai", "latin")
    if os.environ.get(f"QHPLAN_FONT_{role.upper()}")
}
# Runs WeasyPrint without the speed patches; they are always off for a version with which they were not tested.
PLAIN_WEASYPRINT = flag("QHPLAN_PLAIN_WEASYPRINT")

if PRODUCTION:
    SECRET_KEY = need(
        "SECRET_KEY", "put at least 50 random characters, such as `openssl rand -base64 48` prints"
    )
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            "SECRET_KEY is too weak: put at least 50 random characters, such as `openssl rand -base64 48` prints."
        )
    ALLOWED_HOSTS = [
        host.strip()
        for host in need(
            "ALLOWED_HOSTS", "put the names under which the site is reached, with commas between"
        ).split(",")
        if host.strip()
    ]
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS is *: put the names under which the site is reached.")
else:
    # A trial site keeps its own random key from its first run on; before that nothing is signed.
    _key = DATA_DIR / "secret-key"
    SECRET_KEY = os.environ.get("SECRET_KEY") or (
        _key.read_text().strip() if _key.is_file() else "no-key-made-yet" * 4
    )
    ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host] or [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "testserver",
    ]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

# -- database and broker ------------------------------------------------------------------------------------

# With a URL there is a server; without one, trial and test start their own.
EMBEDDED = services.Embedded(DATA_DIR / "services", durable=QHPLAN_MODE != "test")
EMBEDDED_DATABASE = not PRODUCTION and not os.environ.get("DATABASE_URL")
EMBEDDED_BROKER = not PRODUCTION and not os.environ.get("REDIS_URL")

_default: dict[str, Any]
if EMBEDDED_DATABASE:
    _default = {"ENGINE": "django.db.backends.postgresql", **EMBEDDED.database("qhplan_app")}
    _owner = {"ENGINE": "django.db.backends.postgresql", **EMBEDDED.database("qhplan_owner")}
else:
    _default = database(
        need("DATABASE_URL", "put postgres://user:password@host:5432/database of the application's role"),
        "DATABASE_URL",
    )
    _owner = (
        database(os.environ["MIGRATION_DATABASE_URL"], "MIGRATION_DATABASE_URL")
        if os.environ.get("MIGRATION_DATABASE_URL")
        else {}
    )
# After how many seconds a statement of the web process is ended, one that waits for a lock, and a transaction in which
# nothing is asked (qhplan/database.py). Jobs and commands may take their time.
DATABASE_STATEMENT_SECONDS = number("DATABASE_STATEMENT_SECONDS", 15)
DATABASE_LOCK_SECONDS = number("DATABASE_LOCK_SECONDS", 10)
DATABASE_IDLE_SECONDS = number("DATABASE_IDLE_SECONDS", 120)
# After how many seconds a connection that nobody answers is given up, by all processes.
DATABASE_CONNECT_SECONDS = number("DATABASE_CONNECT_SECONDS", 5)
DATABASES = {
    "default": {
        **_default,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        # Of a statement that is prepared (tasks/standing/prepared.py) the plan is kept; nothing else is prepared.
        # A machine that has gone is noticed within a minute.
        "OPTIONS": {
            "connect_timeout": DATABASE_CONNECT_SECONDS,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            **_default.get("OPTIONS", {}),
            "options": f"{_default.get('OPTIONS', {}).get('options', '')} -c plan_cache_mode=force_generic_plan".strip(),
        },
    }
}
# `manage.py migrate` runs under this role, which owns the tables; the application's role owns none.
MIGRATION_DATABASE = _owner
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = (
    EMBEDDED.broker_url(int(os.environ.get("QHPLAN_BROKER_DB") or 0))
    if EMBEDDED_BROKER
    else need("REDIS_URL", "put redis://:password@host:6379/0 of the broker")
)

# -- applications -------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "qhplan",
    "tasks",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qhplan.compression.CompressedTexts",
    "tasks.accounts.middleware.RealDataOnly",
    "csp.middleware.CSPMiddleware",
    "qhplan.conditional.Mark",  # before anything is read
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tasks.period_words.PeriodWords",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tasks.web.middleware.TypedText",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tasks.audit.middleware.AuditSource",
    # Pages require a login by default (except with `login_not_required`), so that a forgotten page is closed.
    "tasks.accounts.middleware.SignedIn",
    "tasks.accounts.middleware.PlanScope",
    "qhplan.limits.Limits",
    "qhplan.speaking.PlanWords",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tasks.submissions.paper.middleware.Entering",  # says by a message when it ends
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qhplan.conditional.Unchanged",
    "axes.middleware.AxesMiddleware",  # last: it replaces the response to a sign-in that is locked
]

ROOT_URLCONF = "qhplan.urls"
WSGI_APPLICATION = "qhplan.wsgi.application"

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
                "qhplan.context.site",
            ],
            "libraries": {"navigation": "qhplan.navigation_tags"},
        },
    }
]

# -- people -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tasks.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: a locked name is not checked at all
    "django.contrib.auth.backends.ModelBackend",
]
# Five failures lock one name from one address for a quarter of an hour: this slows guessing down, and nobody can lock
# another person's account from elsewhere. Failures are counted in the database, so this works without a broker.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = number("LOGIN_FAILURES", 5)
LOGIN_LOCKED_MINUTES = number("LOGIN_LOCKED_MINUTES", 15)
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCKED_MINUTES)
AXES_USERNAME_CALLABLE = "tasks.accounts.devices.counted_as"
# Failures from one address under any names, after which it may try every ten seconds; attempts of one address a minute.
LOGIN_FAILURES_OF_ADDRESS = number("LOGIN_FAILURES_OF_ADDRESS", 20)
SIGN_INS_PER_MINUTE = number("SIGN_INS_PER_MINUTE", 60)
# Requests to the API of an account or token, and of an address without one; files that an account has made (tasks.accounts.limits).
# Tests ask faster than people and programs.
LIMITS = QHPLAN_MODE != "test"
API_PER_MINUTE = number("API_PER_MINUTE", 300)
STRANGERS_PER_MINUTE = number("STRANGERS_PER_MINUTE", 60)
DEAR_PER_MINUTE = number("DEAR_PER_MINUTE", 30)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "qhplan.api.locked_out"
AXES_CLIENT_IP_CALLABLE = "tasks.people.access.address_of"
AXES_DISABLE_ACCESS_LOG = True  # our own audit log has the sign-ins
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "tasks.accounts.passwords.OwnWordsValidator"},
    {"NAME": "tasks.accounts.passwords.NotBeforeValidator"},
    {"NAME": "tasks.accounts.passwords.KindsValidator"},
]
# Off unless set: how many earlier passwords are refused, of how many kinds of characters, and after how many days a password
# has to be changed. (GB/T 22239 asks for the last two, NIST and ASVS advise against them.)
PASSWORD_HISTORY = number("PASSWORD_HISTORY", 0)
PASSWORD_KINDS = number("PASSWORD_KINDS", 0)
PASSWORD_DAYS = number("PASSWORD_DAYS", 0)
if PASSWORD_KINDS > 4:
    raise ImproperlyConfigured("PASSWORD_KINDS is above 4: put 3 or 4, or leave it out.")
if QHPLAN_MODE == "trial":
    PASSWORD_HASHERS = ["qhplan.hashers.TrialHasher"]
if QHPLAN_MODE == "test":
    # A slow hash protects stored passwords; tests create hundreds of accounts that need no protection.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The roles whose holders sign in with a second factor (docs/decisions/second-factor.md). In production those that can change
# what others see of a site; "none" for nobody.
_ROLES = os.environ.get("SECOND_FACTOR_ROLES", "").strip() or (
    "accounts_admin,rights_admin,audit_admin,approver,office" if PRODUCTION else "none"
)
SECOND_FACTOR_ROLES = frozenset() if _ROLES == "none" else frozenset(one.strip() for one in _ROLES.split(","))
_UNKNOWN = SECOND_FACTOR_ROLES - {"accounts_admin", "rights_admin", "audit_admin", "reporter", "approver", "office",
                                  "second_reviewer", "leadership", "expert", "viewer"}  # fmt: skip
if _UNKNOWN:
    raise ImproperlyConfigured(
        f"SECOND_FACTOR_ROLES is {_ROLES!r}: put roles such as approver,office with commas between, or none."
    )

# Sealing of the audit log (docs/decisions/sealing.md): the key is in the sealer's environment alone.
SEAL_KEY = os.environ.get("SEAL_KEY", "").strip()
SEAL_METHOD = os.environ.get("SEAL_METHOD", "").strip() or "sha256"
if SEAL_METHOD not in {"sha256", "sm3"} or SEAL_METHOD not in hashlib.algorithms_available:
    raise ImproperlyConfigured(
        f"SEAL_METHOD is {SEAL_METHOD!r}: put sha256, or sm3 where OpenSSL has it, or leave it out."
    )
SEAL_SYSLOG = os.environ.get("SEAL_SYSLOG", "").strip()
if SEAL_SYSLOG and not SEAL_SYSLOG.startswith("/") and not SEAL_SYSLOG.rpartition(":")[2].isdecimal():
    raise ImproperlyConfigured(f"SEAL_SYSLOG is {SEAL_SYSLOG!r}: put host:port, such as log.internal:514.")
SEAL_MAIL_TO = [one.strip() for one in os.environ.get("SEAL_MAIL_TO", "").split(",") if one.strip()]
VERIFY_AT = time_of_day("VERIFY_AT", "04:10")

# A session ends after this many idle minutes; each request restarts the count.
SESSION_IDLE_MINUTES = number("SESSION_IDLE_MINUTES", 30)
SESSION_COOKIE_AGE = SESSION_IDLE_MINUTES * 60
SESSION_SAVE_EVERY_REQUEST = True
# However busy it is, a session ends after so many hours. Of more than SESSIONS_AT_ONCE (off: any number) the oldest ends.
SESSION_MAX_HOURS = number("SESSION_MAX_HOURS", 12)
SESSIONS_AT_ONCE = number("SESSIONS_AT_ONCE", 0)
# An account that nobody has used for so many days is suspended at night.
UNUSED_DAYS = number("UNUSED_DAYS", 90)
SESSION_COOKIE_HTTPONLY = True
if PRODUCTION:
    # Browsers take these names only with Secure, for the whole site, and from no subdomain.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = PRODUCTION

# -- browser security --------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^(health/|livez|readyz)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = flag("HSTS_SUBDOMAINS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("TRUST_PROXY") else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# -- language and time --------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# -- files --------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers.add
# A trial site serves static files from the source folders; production serves the hashed files of `collectstatic`.
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "build" / "static") if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    # Only the site's own system account may read uploads. (Set here, because static files are readable by all.)
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# From what likeness on, in per cent, a text counts as nearly the one of the last quarter or of another agency.
ODD_TEXT_SIMILARITY = number("ODD_TEXT_SIMILARITY", 95)

# Uploads: the size of a file in MB, and the number of files of one submission.
EVIDENCE_MAX_MB = number("EVIDENCE_MAX_MB", 20)
EVIDENCE_MAX_FILES = number("EVIDENCE_MAX_FILES", 10)
# The maximum bytes that any form keeps of one file (a brief to verify, a workbook), and that are read of a request.
UPLOAD_CAP = max(EVIDENCE_MAX_MB, 20) * 1024 * 1024
UPLOAD_REQUEST_CAP = (EVIDENCE_MAX_FILES + 1) * UPLOAD_CAP + 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",  # small requests
    "tasks.files.uploads.CappedUploadHandler",
]
# The maximum bytes on disk of all request bodies that one web process is receiving.
ARRIVING_CAP = max(2 * 1024**3, 4 * UPLOAD_REQUEST_CAP)
# The web process closes a connection without complete request headers after SLOW_HEAD_SECONDS, and one whose request
# body is slower than qhplan.serving.BODY_RATE after SLOW_BODY_SECONDS.
SLOW_HEAD_SECONDS = number("SLOW_HEAD_SECONDS", 15)
SLOW_BODY_SECONDS = number("SLOW_BODY_SECONDS", 30)
# The ClamAV daemon; without it nothing is scanned, and the pages state that.
CLAMAV_SOCKET = daemon("CLAMAV_SOCKET")

# -- jobs ---------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CELERY_TIMEZONE = TIME_ZONE
# The row of a job has its result; Celery stores none.
CELERY_TASK_IGNORE_RESULT = True
# A killed worker returns its message: messages are acknowledged after the job, and unacknowledged ones restored soon.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # above the longest job, or a running job would be delivered twice
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request does not wait for the broker: the message is only a hint, the row decides. A broker that does not respond
# costs HINT_TIMEOUT seconds once, and is then not tried for HINT_PAUSE seconds; the sweep hints the rows. These are not
# in the transport options above, because a worker's connections have to wait for work. Tests wait longer, because a
# busy test machine is no failed broker.
CELERY_TASK_PUBLISH_RETRY = False
HINT_TIMEOUT = 5.0 if QHPLAN_MODE == "test" else 0.5
HINT_PAUSE = 10.0
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "qhplan.beat.Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "qhplan.jobs.sweep", "schedule": 10.0, "options": {"expires": 10}},
    # Requests the reminders of the day, and sends waiting messages.
    "remind": {"task": "tasks.notifications.tick", "schedule": 60.0, "options": {"expires": 60}},
    # Requests a scan if an uploaded file waits.
    "scan": {"task": "tasks.files.tick", "schedule": 60.0, "options": {"expires": 60}},
    "accounts": {"task": "tasks.accounts.tidy", "schedule": crontab(hour=3, minute=20)},
    "tidy": {"task": "tasks.files.tidy", "schedule": crontab(hour=3, minute=40)},
    # Looks what is wrong with the site, and leaves the sign of life of beat and worker.
    "watch": {"task": "qhplan.status.watch", "schedule": 60.0, "options": {"expires": 60}},
    # Requests the backup of the day.
    "backup": {"task": "qhplan.backups.tick", "schedule": 60.0, "options": {"expires": 60}},
    "forget": {"task": "qhplan.changes.forget", "schedule": crontab(hour=3, minute=50)},
    # Requests the proposals and escalations of the night.
    "supervise": {"task": "reports.supervision.tick", "schedule": 60.0, "options": {"expires": 60}},
}

# -- backups ------------------------------------------------------------------------------------------------

# The public keys for which archives are encrypted. With one, the worker makes an archive each day from BACKUP_AT on.
BACKUP_RECIPIENTS = backup_recipients("BACKUP_RECIPIENT")
BACKUP_AT = time_of_day("BACKUP_AT", "02:30")
# Where archives lie, how many, and a second place for each: another disk or machine, mounted.
BACKUP_DIR = Path(os.environ.get("BACKUP_DIR") or DATA_DIR / "backups")
BACKUP_KEEP = number("BACKUP_KEEP", 30)
BACKUP_COPY_DIR = Path(os.environ["BACKUP_COPY_DIR"]) if os.environ.get("BACKUP_COPY_DIR") else None

# -- reminders ----------------------------------------------------------------------------------------------

# Reminders are sent this many working days before a due date, and always on the day itself.
REMIND_BEFORE_DAYS = numbers("REMIND_BEFORE_DAYS", (7, 3, 1))
# Reminders continue for this many working days after the due date.
REMIND_LATE_DAYS = number("REMIND_LATE_DAYS", 10)
# An agency that was chased within so many hours is chased again only after a question.
CHASED_LATELY_HOURS = number("CHASED_LATELY_HOURS", 4)
REMIND_AT = time_of_day("REMIND_AT", "08:30")

EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "").strip() or "qhplan@localhost"
# Chat robots, webhooks and the SMS gateway, as URLs of apprise. A URL with {username}, {email} or {phone} addresses one
# person; a URL without addresses a chat group.
NOTIFY_URLS: dict[str, str] = {}
if PRODUCTION:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = os.environ.get("EMAIL_HOST", "").strip()
    EMAIL_USE_SSL = flag("EMAIL_USE_SSL")
    EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
    EMAIL_PORT = number("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
    EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
    MAILS = bool(EMAIL_HOST)
    if EMAIL_USE_SSL and EMAIL_USE_TLS:
        raise ImproperlyConfigured(
            "EMAIL_USE_SSL and EMAIL_USE_TLS are both on: put 1 in the one that your mail server speaks."
        )
    if MAILS and not os.environ.get("DEFAULT_FROM_EMAIL", "").strip():
        raise ImproperlyConfigured(
            "DEFAULT_FROM_EMAIL is not set: put the address from which reminders are sent."
        )
    for _channel in Channel:
        _name = f"NOTIFY_{_channel.upper()}_URL"
        if _channel != Channel.MAIL and (_url := os.environ.get(_name, "").strip()):
            if "://" not in _url or (_channel == Channel.SMS and "{phone}" not in _url):
                raise ImproperlyConfigured(
                    f"{_name} is no address that can be used: put one of apprise's"
                    + (" with {phone} in it." if _channel == Channel.SMS else ".")
                )
            NOTIFY_URLS[_channel.value] = _url
else:
    # Whatever the environment sets: a sample site prints its mails to the terminal.
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    MAILS = True

# -- figures ------------------------------------------------------------------------------------------------

# A cumulative figure gets a warning if it is more than this percentage above the last one, or below by the same factor;
# a quarterly figure is compared with the range of FIGURE_JUMP_QUARTERS quarters.
FIGURE_JUMP_PERCENT = number("FIGURE_JUMP_PERCENT", 100)
FIGURE_JUMP_QUARTERS = number("FIGURE_JUMP_QUARTERS", 8)
# Limits for a target against its path, in percentage points of the distance from the baseline to the promise: on
# schedule up to ON behind, slightly behind up to SLIGHT, ahead from AHEAD. 左右 is met within ABOUT per cent.
SCHEDULE_ON_POINTS = number("SCHEDULE_ON_POINTS", 5)
SCHEDULE_SLIGHT_POINTS = number("SCHEDULE_SLIGHT_POINTS", 15)
SCHEDULE_AHEAD_POINTS = number("SCHEDULE_AHEAD_POINTS", 10)
SCHEDULE_ABOUT_PERCENT = number("SCHEDULE_ABOUT_PERCENT", 10)
if SCHEDULE_SLIGHT_POINTS < SCHEDULE_ON_POINTS:
    raise ImproperlyConfigured(
        "SCHEDULE_SLIGHT_POINTS is below SCHEDULE_ON_POINTS: put the larger number there, such as 15."
    )

# -- briefs -------------------------------------------------------------------------------------------------

# The address in the printed QR code; briefs outlive a change of host, so set a permanent address.
SITE_ADDRESS = os.environ.get("SITE_ADDRESS", "").strip().rstrip("/") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if PRODUCTION
    else f"http://localhost:{os.environ.get('PORT') or 8000}"
)
# The office's certificate and key (PKCS#12 file); with it all issued briefs are signed (PAdES). Off by default.
SIGN_CERTIFICATE = os.environ.get("SIGN_CERTIFICATE", "").strip()
SIGN_PASSWORD = os.environ.get("SIGN_PASSWORD", "")
# The name at the top of a brief and under a notice. With it the first jurisdiction begins; the office changes it on the page.
BRIEF_OFFICE = os.environ.get("BRIEF_OFFICE", "").strip() or "青海省制造强省建设领导小组办公室"

# -- supervision --------------------------------------------------------------------------------------------

# The office's document code (机关代字) before 督〔2017〕3号 and 函〔2017〕1号, such as 青制强办. For the first jurisdiction.
NOTICE_MARK = os.environ.get("NOTICE_MARK", "").strip()
# The time of day at which notices are proposed and late answers escalated.
SUPERVISE_AT = time_of_day("SUPERVISE_AT", "05:30")

# -- API ----------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tasks.accounts.api_access.TokenAuthentication",  # first: it gives the scheme in a 401 response
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tasks.accounts.api_access.SeesPlan"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "qhplan.api.Pages",
    "DEFAULT_PARSER_CLASSES": ["qhplan.api.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,  # only the schema describes the routes
    "EXCEPTION_HANDLER": "qhplan.api.explain",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "PAGE_SIZE": 50,
}
# Tokens are for programs and valid for longer than a session; a token ends when the password changes or it is revoked.
API_TOKEN_DAYS = number("API_TOKEN_DAYS", 90)
SPECTACULAR_SETTINGS = {
    "TITLE": "qhplan",
    "DESCRIPTION": "行动方案任务、季度填报与简报",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # its schemas are plain JSON Schema, with which the tests validate all responses
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["tasks.accounts.api_access.SeesPlan"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "qhplan.api.describe_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "LightEnum": "tasks.values.Light",
        "DutyEnum": "tasks.values.Duty",
        "OriginEnum": "tasks.values.Origin",
        "ReturnStateEnum": "tasks.submissions.models.State",
        "CycleStateEnum": "tasks.cycles.actions.CycleState",
        "DecisionEnum": "tasks.submissions.models.Decision",
        "VerificationEnum": "tasks.submissions.models.Verification",
        "PlanImportStateEnum": "tasks.importing.models.ImportState",
        "LedgerStateEnum": "tasks.ledgers.models.LedgerState",
        "ScanStateEnum": "tasks.files.values.ScanState",
        "WorkPlanStateEnum": "tasks.workplans.models.State",
        "DecisionKindEnum": "tasks.decisions.models.DecisionKind",
        "WorkPlanDecisionEnum": "tasks.workplans.models.Decision",
        "BriefKindEnum": "reports.briefs.models.BriefKind",
        "BriefStateEnum": "reports.briefs.models.BriefState",
        "NoticeStateEnum": "reports.supervision.values.State",
        "NoticeGroundEnum": "reports.supervision.values.Ground",
        "NoticeSeriesEnum": "reports.supervision.values.Series",
        "AnswerDecisionEnum": "reports.supervision.values.Decision",
        "InstructionStateEnum": "reports.supervision.values.InstructionState",
        "CoordinationStateEnum": "reports.coordination.values.State",
        "CoordinationStepEnum": "reports.coordination.values.StepKind",
        "JobStateEnum": "qhplan.jobs.JobState",
        "AdjustmentKindEnum": "tasks.adjustments.models.AdjustmentKind",
        "AdjustmentStateEnum": "tasks.adjustments.models.AdjustmentState",
        "ConfidenceEnum": "tasks.agencies.models.Confidence",
        "LineageKindEnum": "tasks.agencies.models.LineageKind",
    },
}

# -- logs ---------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": (os.environ.get("LOG_LEVEL") or "WARNING").upper()},
    "loggers": {
        "qhplan": {"level": "INFO"},
        "tasks": {"level": "INFO"},
        "reports": {"level": "INFO"},
        "waitress.queue": {"level": "ERROR"},  # a request that waits for a thread needs no log entry
    },
}
