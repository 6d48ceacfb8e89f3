# Thin: each target calls one command that a person could type.
PYTHON ?= python3
BIN := .venv/bin
# One more than there are cores: many tests wait for servers, browsers and clocks.
WORKERS := $(shell expr $$(nproc) + 1)

.PHONY: setup demo test serve screenshots lint bench
setup: .venv/.ready

.venv/.ready: pyproject.toml setup.py
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[collector,bus,forensics,train,dev]'
	@$(BIN)/minewatch --version
	@touch $@

demo: setup
	$(BIN)/python -m sensor.cli.main demo

test: setup lint
	$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal

serve: setup
	@test -f build/demo/login.txt || $(BIN)/python -m sensor.cli.main demo
	$(BIN)/python -m sensor.cli.main demo --serve

screenshots: setup
	$(BIN)/python -m sensor.cli.main demo --folder build/screenshots
	$(BIN)/python docs/screenshots.py build/screenshots

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict signatures configs
	$(BIN)/minewatch signatures lint

# Each goes on where another is over budget; live.py needs root, for network namespaces of its own.
BENCHES := startup.py throughput.py scale.py cores.py messages.py hashrate.py live.py "office.py --database sqlite" \
	"office.py --database postgresql" "ingest.py --database sqlite" "ingest.py --database postgresql" lists.py \
	console.py
bench: setup
	@status=0; for each in $(BENCHES); do echo "== $$each"; $(BIN)/python bench/$$each || status=1; done; exit $$status

# With a Rust toolchain the native engine is checked too; without one the portable engine works, and is what is tested.
ifneq ($(shell command -v cargo),)
.PHONY: lint-engine test-engine
lint: lint-engine
test: test-engine

lint-engine:
	cd engine && cargo fmt --check && cargo clippy --quiet --locked --all-targets -- -D warnings

test-engine:
	cd engine && cargo test --quiet --locked
endif
