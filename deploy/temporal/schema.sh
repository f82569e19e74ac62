#!/bin/sh
# Creates Temporal's tables where they are missing and brings them up to the version of this image.
set -eu

SQL_PASSWORD=$(cat /run/secrets/temporal_db_password)
export SQL_PASSWORD

tool() {
	database=$1
	shift
	temporal-sql-tool --plugin postgres12_pgx --ep postgres -p 5432 -u temporal --db "$database" "$@"
}

tool temporal setup-schema -v 0.0
tool temporal update-schema --schema-name postgresql/v12/temporal
tool temporal_visibility setup-schema -v 0.0
tool temporal_visibility update-schema --schema-name postgresql/v12/visibility
echo 'The tables of Temporal are up to date.'
