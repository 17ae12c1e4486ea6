# `make` builds dist/cwd_server.pyz and calls get_cwd through it; `make test` needs nothing but Python.
PYTHON ?= python3

ARCHIVE = dist/cwd_server.pyz

demo: build
	@echo 'Asking dist/cwd_server.pyz, as a client would:'
	@printf '%s\n' '{"jsonrpc": "2.0", "id": 1, "method": "CallTool", "params": {"name": "get_cwd"}}' \
		| $(PYTHON) -I -S $(ARCHIVE)

build:
	@$(PYTHON) build_zipapp.py

# After every change: the tests that start no process, in seconds.
quick: build
	@$(PYTHON) -W error -m tests --quick

# Before every commit: all tests that need nothing but Python, in less than a minute.
test: build
	@$(PYTHON) -W error -m tests

# Everything below installs what it needs into .cache/, which git ignores.
# Before a change lands: other people's programs, lint, types, every Python of this machine.
verify: build
	$(PYTHON) tests/interop/environments.py
	.cache/tools/bin/python -m pytest -c .pytest.ini tests/slow tests/interop

# Other systems and processors; needs root, Debian's mmdebstrap, and qemu-user-static for two of them.
platforms:
	$(PYTHON) tests/platforms/run.py

# 200 random changes to protocol and toolkit, and those that no test notices; SEED=N tries the same again.
mutants:
	$(PYTHON) tests/interop/environments.py mutants
	.cache/mutants/bin/python tests/mutants.py 200 $(SEED)

# Half a million odd lines, and a million calls: some minutes; SEED=N fuzzes the same lines again.
soak: build
	$(PYTHON) -m tests.soak.fuzz 500000 $(SEED)
	$(PYTHON) -m tests.soak.calls 1000000 10000
	$(PYTHON) -m tests.soak.ends 500

# Speed, beside the limit and the peers; `python3 tests/bench/bench.py --install-peers` installs those.
bench:
	$(PYTHON) tests/bench/bench.py
	$(PYTHON) tests/bench/checking.py

# The same bytes under every condition that a build may meet.
reproducible:
	$(PYTHON) tests/reproducible.py

clean:
	rm -rf .cache dist/*.pyz dist/*.mcpb dist/SHA256SUMS dist/server.json
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: demo build quick test verify platforms mutants soak bench reproducible clean
