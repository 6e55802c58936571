# The commands of this repository. Each is one list of cargo commands, written out in
# .github/CONTRIBUTING.md; tools that cargo does not bring are built once into
# $XDG_CACHE_HOME/probity/tools (tests/tools/build.sh).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

tools := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/probity/tools
include tests/tools/versions.env
cargo_deny := $(tools)/cargo-deny/$(CARGO_DENY_VERSION)/bin/cargo-deny

comma := ,
say = @printf '== %s\n' '$(1)' >&2

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## release binaries in target/release: terraform-provider-probity, probity-webhook, probity
	cargo build --release --locked --bins --package terraform-provider-probity --package probity-webhook --package probity-cli

.PHONY: lint
lint: ## formatting, clippy with warnings as errors, dependencies (bans, licences, sources)
	$(call say,formatting)
	cargo fmt --all --check
	cargo fmt --check --manifest-path tests/fuzz/Cargo.toml
	$(call say,clippy)
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --manifest-path tests/fuzz/Cargo.toml --target-dir target -- -D warnings
	$(call say,dependencies)
	@tests/tools/build.sh cargo-deny
	$(cargo_deny) --locked check bans licenses sources

.PHONY: advisories
advisories: ## dependencies against the RustSec database (needs the network)
	@tests/tools/build.sh cargo-deny
	$(cargo_deny) --locked check advisories

.PHONY: test
test: ## every suite, with a real Terraform, a local AWS and a real Kubernetes API server
	$(call say,tools of the suites)
	@tests/tools/build.sh suites
	$(call say,binaries that panic on request$(comma) built as releases are)
	cargo build --locked --profile contained --package probity-panicking
	$(call say,suites)
	cargo test --locked --workspace --no-fail-fast
	$(call say,fuzz targets)
	@tests/fuzz/run.sh 5

.PHONY: fuzz
fuzz: ## generated input for each fuzz target, SECONDS=600 each
	@tests/fuzz/run.sh $(or $(SECONDS),600)

.PHONY: bench
bench: ## what evaluation, admission and (of what `make build` made) starting cost, as ratios within one run
	cargo bench --locked --package probity-benches

.PHONY: demo
demo: ## the whole of Probity in some minutes, on this machine alone (CLUSTER=1: through a real API server)
	@tests/demo/run.sh

.PHONY: clean
clean: ## remove what cargo built; the tools in the cache folder stay
	cargo clean
