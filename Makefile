# `make` builds dist/cwd_server.pyz and calls get_cwd through it; `make test` needs nothing but Python.
PYTHON ?= python3

ARCHIVE = dist/cwd_server.pyz

demo: build
	@echo 'Asking dist/cwd_server.pyz, as a client would:'
	@printf '%s\n' '{"jsonrpc": "2.0", "id": 1, "method": "CallTool", "params": {"name": "get_cwd"}}' \
		| $(PYTHON) -I -S $(ARCHIVE)

build:
	@$(PYTHON) build_zipapp.py

test: build
	$(PYTHON) -m unittest discover -t . -s tests

# Everything below installs what it needs into .cache/, which git ignores.
verify: build
	$(PYTHON) tests/interop/environments.py
	.cache/tools/bin/python -m pytest -c .pytest.ini tests/interop

# Half a million odd lines, and a million calls: some minutes; SEED=N fuzzes the same lines again.
soak: build
	$(PYTHON) -m tests.soak.fuzz 500000 $(SEED)
	$(PYTHON) -m tests.soak.calls 1000000 10000

# Speed, beside the limit and the peers; `python3 tests/bench/bench.py --install-peers` installs those.
bench:
	$(PYTHON) tests/bench/bench.py

# The same bytes under every condition that a build may meet.
reproducible:
	$(PYTHON) tests/reproducible.py

clean:
	rm -rf .cache dist/*.pyz dist/*.mcpb dist/SHA256SUMS dist/server.json
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: demo build test verify soak bench reproducible clean
