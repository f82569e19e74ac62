#!/bin/bash
# Run once, by the postgres image, when its volume is empty: one role for each program, each with a
# database of its own, none of them a superuser.
set -euo pipefail

password() { tr -d '\n' < "/run/secrets/$1"; }

psql --quiet --set ON_ERROR_STOP=1 --username postgres \
	--set dunlin="$(password dunlin_db_password)" --set temporal="$(password temporal_db_password)" << 'SQL'
CREATE ROLE dunlin LOGIN PASSWORD :'dunlin';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE dunlin OWNER dunlin;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE dunlin, temporal, temporal_visibility FROM PUBLIC;
SQL
