# SPDX-License-Identifier: Apache-2.0
# What a person types. The work is in scripts/; `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help build demo test bench soak fuzz tidy format image clean

# How many lives of the engine `make soak` simulates, how often it kills in all, and how many seconds `make fuzz` gives
# each decoder.
SEEDS ?= 10000
KILLS ?= 1000
SECONDS_EACH ?= 600
# What `make soak` kills so often for each sink.
KILLED_SINKS = \
	Tests/EndToEnd/test_rotation.py::test_rotation_under_load_and_kill_9 \
	Tests/EndToEnd/test_http_sink.py::test_kill_under_load_brings_everything_and_repeats_only_by_id \
	Tests/EndToEnd/test_kafka.py::test_kill_under_load_loses_nothing_and_repeats_only_ids \
	Tests/EndToEnd/test_syslog.py::test_kill_under_load_loses_nothing_that_was_answered

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## install what lacks, build the release binary: .build/release/creance
	@scripts/install-dependencies
	swift build -c release --product creance

demo: build ## see recorded alerts go from a Falco outputs service to terminal and file
	.build/release/creance demo

test: ## everything that CI runs
	@scripts/test

bench: build ## the figures of Benchmarks/: rates and ratios on this machine
	@scripts/bench

soak: build ## simulate the engine's life (SEEDS=10000), attack it, kill -9 the daemon under load, and each sink (KILLS=1000)
	@scripts/install-dependencies test
	swift build -c release --product simulation-soak
	@.build/release/simulation-soak $(SEEDS)
	@.build/release/simulation-soak --attacks
	@CREANCE_KILLS=$$((($(KILLS) + 2) / 3)) .venv/bin/python -m pytest Tests/EndToEnd/test_kills.py -q -s
	@CREANCE_KILLS=$(KILLS) .venv/bin/python -m pytest -q -s -o timeout=900 $(KILLED_SINKS)

fuzz: ## fuzz every decoder (SECONDS_EACH=600)
	@scripts/install-dependencies
	@scripts/fuzz $(SECONDS_EACH)

tidy: ## imports, unsafe code, file sizes, licences, formatting, manifests
	@Tests/Tidy/run

format: ## format every Swift file
	git ls-files -co --exclude-standard '*.swift' | xargs swift format format --in-place --parallel

image: ## build the container image without a Docker engine, and run it
	@scripts/install-dependencies image
	@scripts/image

clean: ## remove what was built
	rm -rf .build .venv .venv-legacy .demo
