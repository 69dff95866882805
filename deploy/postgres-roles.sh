#!/bin/sh
# Run once, by the image, when the database is made: one role owns the tables, the other works in them.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner="$OWNER_PASSWORD" --set application="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE qhplan_owner LOGIN PASSWORD :'owner';
CREATE ROLE qhplan_app LOGIN PASSWORD :'application';
CREATE DATABASE qhplan OWNER qhplan_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE qhplan FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE qhplan TO qhplan_app;
SQL
