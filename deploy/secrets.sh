#!/usr/bin/env bash
# Makes the passwords that docker-compose.yml asks for, in deploy/secrets/. What is there stays as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/secrets"
chmod 700 .

# The containers' users must be able to read the files; the folder keeps everybody else out.
make_secret() {
	[[ -s $1 ]] || { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$1" && echo "made deploy/secrets/$1"; }
	chmod 444 "$1"
}

make_secret postgres_password
make_secret temporal_db_password
make_secret dunlin_db_password

if [[ ! -s dunlin_pgpass ]]; then
	printf 'postgres:5432:*:dunlin:%s\n' "$(cat dunlin_db_password)" > dunlin_pgpass
	echo "made deploy/secrets/dunlin_pgpass"
fi
chmod 444 dunlin_pgpass
