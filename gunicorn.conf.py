"""How gunicorn serves the platform, in production and in the demo; the command line of gunicorn wins over it."""

from rbsite.settings.env import env

bind = env.str("RB_BIND", default="127.0.0.1:" + env.str("RB_PORT", default="8000"))
#: Twice the cores at most: a request costs the processor more than it waits.
workers = env.int("WEB_CONCURRENCY", default=2)
#: A person who waits for what another one holds occupies a thread, and nobody else.
threads = 8
#: Seconds after which a worker that no longer answers is replaced; PostgreSQL ends a statement before that.
timeout = 60
graceful_timeout = 10
#: Whose `X-Forwarded-Proto` gunicorn believes.
forwarded_allow_ips = "*" if env.int("RB_TRUSTED_PROXIES", default=0) else ""
control_socket_disable = True
