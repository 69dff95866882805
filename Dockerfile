# The image of web, worker, beat and migrate. It is made by the steps of `make run`: bin/bootstrap asks for the
# system libraries and installs the locked packages; it holds no database, no broker and no compiler.
FROM debian:13-slim

# The fonts are for rare hanzi, Tibetan and Mongolian names, and a real 楷体 in briefs (docs/decisions/fonts-of-the-briefs.md).
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates python3 python3-venv \
        fonts-noto-core fonts-hanazono fonts-babelstone-han fonts-lxgw-wenkai postgresql-common \
    # Debian 13 has the client programs of PostgreSQL 17, and a backup needs those of the server's version: compose has 18.
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y -q --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /home/qhplan qhplan \
    && install -d -o qhplan -g qhplan /data /backups /backups-copy

WORKDIR /srv/qhplan
COPY bin/bootstrap bin/bootstrap
COPY requirements requirements
RUN bin/bootstrap base && rm -rf /var/lib/apt/lists/* /root/.cache build

ENV PATH=/srv/qhplan/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    QHPLAN_DATA=/data \
    QHPLAN_FONT_CACHE=/srv/fonts \
    STATIC_ROOT=/srv/static \
    XDG_CACHE_HOME=/tmp/cache

COPY . .
# Neither command reaches a database or a broker; production wants to be told of both all the same. The fonts are
# prepared and the code compiled here, so that neither the first brief nor each new process waits for them.
RUN python -m compileall -q manage.py qhplan tasks reports && \
    SECRET_KEY=only-while-the-image-is-being-made-and-never-afterwards-0 ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost/0 \
    sh -c 'python manage.py collectstatic --no-input -v 0 && python manage.py prepare_fonts'

USER qhplan
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "qhplan.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "qhplan.serving.Worker", \
     "--worker-connections", "400", "--graceful-timeout", "120", "--workers", "2", "--threads", "4", "--preload", \
     "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]
