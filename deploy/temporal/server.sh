#!/bin/sh
# The image takes the password from the environment only: this takes it from its file.
set -eu
POSTGRES_PWD=$(cat /run/secrets/temporal_db_password)
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
