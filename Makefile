# netprobe: the two commands of the README are `make demo` and `make test`.
SHELL := /bin/bash
RELEASE := --configuration release --static-swift-stdlib --product netprobe --scratch-path .build-release
export SWIFT_BACKTRACE := enable=no

.PHONY: help demo test build release install lint format bench fuzz clean setup lab lab-shell lab-numbers

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: release ## watch netprobe lose a circuit and follow the traffic to the VPN (Ctrl-C ends it; LISTEN=HOST:PORT)
	.build-release/release/netprobe serve --demo $(if $(LISTEN),--listen $(LISTEN))

# In three processes: NIO stops a process in which another test closes a descriptor that it has just been given.
test: ## every test; installs what is missing, as root also those in network namespaces
	@scripts/setup test
	swift build --build-tests
	swift test --skip-build --disable-xctest --skip 'WebTests\.|NetworkTests\.|^LabTests\.'
	swift test --skip-build --disable-xctest --filter 'WebTests\.'
	swift test --skip-build --disable-xctest --filter 'NetworkTests\.'
	scripts/lab test

lab: ## every fault of a hybrid network of real daemons (FRR, strongSwan, Prometheus), a quarter of an hour; as root
	@scripts/setup test
	swift build --build-tests
	scripts/lab test

lab-shell: ## the same network to play with: cut circuits and watch what netprobe says; as root
	@scripts/setup test
	swift build --build-tests
	scripts/lab shell

lab-numbers: ## the figures of docs/failover.md, about half an hour; as root
	@scripts/setup test
	swift build --build-tests
	scripts/lab numbers --write

build: ## debug build
	@scripts/setup build
	swift build

release: ## release build without a Swift runtime to install, in .build-release/release/netprobe
	@scripts/setup build
	swift build $(RELEASE)

install: release ## the binary, its man page and completions, under PREFIX (/usr/local)
	scripts/install "$${PREFIX:-/usr/local}"

bench: release ## the numbers of docs/benchmarks.md beside fping and smokeping_prober; needs root
	@scripts/setup bench
	Benchmarks/run

fuzz: ## hostile input for every decoder, each for FUZZ_SECONDS (300); FUZZERS='dns icmp' runs some alone
	@scripts/setup build
	Fuzzing/run $(FUZZERS)

lint: ## the format of the sources
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Fuzzing/Package.swift Fuzzing/Sources

format: ## puts the sources into the format
	swift format --in-place --recursive --parallel Package.swift Sources Tests Fuzzing/Package.swift Fuzzing/Sources

clean: ## removes what was built
	rm -rf .build .build-release
