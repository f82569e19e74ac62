#!/usr/bin/env bash
# A bank statement comes in and pays an invoice. It needs `dunlin` in PATH, DATABASE_URL (or PG*) pointing to a
# migrated database, and a worker that runs; `make dev` has all of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

dunlin creditor put creditor.json
dunlin debtor put debtor.json
dunlin issue --creditor acme --number INV-3 --debtor C-1 --total "1190.00 EUR" \
	--issued-on 2026-05-01 --due-on 2026-05-31

dunlin bank import statement.xml --wait
dunlin bank import statement.xml # the same bytes again: nothing happens twice
dunlin status acme/INV-3
dunlin bank statements --creditor acme
dunlin case acme/INV-3
