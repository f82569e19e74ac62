#!/usr/bin/env bash
# One invoice from issue to paid on the command line. It needs `dunlin` in PATH and DATABASE_URL (or PG*)
# pointing to a migrated database; `make dev` prints both for the lab.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

dunlin creditor put creditor.json
dunlin debtor put debtor.json
dunlin issue --creditor acme --number INV-1 --debtor C-1 --total "1190.00 EUR" \
	--issued-on 2026-05-01 --due-on 2026-05-31

dunlin plan acme/INV-1
dunlin hold acme/INV-1 --reason "they asked for a copy of the order"
dunlin release acme/INV-1

dunlin pay acme/INV-1 1190.00 EUR --key BANK-20260514-0042
dunlin status acme/INV-1
dunlin case acme/INV-1
