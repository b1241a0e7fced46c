# Two targets are all that a newcomer needs: `make demo` and `make test`. Both
# set up what they use; everything comes through the go command.

GO      ?= go
BIN     := bin/scrum
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
LINT    := $(GO) tool -modfile=tools/go.mod golangci-lint
FUZZTIME ?= 20s

.PHONY: build demo gauntlet test race reference lint cover fuzz bench soak e2e cluster e2e-formats e2e-walk e2e-cluster bench-cluster check-platforms release-check clean

build: ## the command, in bin/scrum
	CGO_ENABLED=0 $(GO) build -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/scrum

demo: build ## the whole job on a built-in sample change; ends like the real command would
	@./$(BIN) demo; code=$$?; if [ $$code -eq 1 ]; then echo "make demo: exit status 1 is what the demo is to end with"; else echo "make demo: exit status $$code, but 1 was expected"; exit 1; fi

GAUNTLET := ./$(BIN) gauntlet --quiet --file examples/lakehouse/gauntlet.yaml

gauntlet: build ## all phases against the lakehouse example: with its ledger, without, and with the known fix
	$(GO) build -o bin/lakehouse/ ./examples/lakehouse/serde ./examples/lakehouse/flat ./examples/lakehouse/check
	$(GAUNTLET) --expect ship-with-known-gap
	$(GAUNTLET) --expect no-ship --gaps examples/lakehouse/no-gaps.yaml
	LAKEHOUSE_WIRE=serde $(GAUNTLET) --expect ship

test: ## all tests
	$(GO) test -timeout 30m ./...

race: ## all tests under the race detector
	$(GO) test -race -timeout 30m ./...

reference: ## docs/reference anew, from the code
	$(GO) test ./cmd/scrum -run 'TestTheReference' -update

lint: ## the linters of .golangci.yml, and a tidy module
	$(LINT) run ./...
	$(GO) mod tidy -diff

cover: ## test coverage, a line a function, the total last
	$(GO) test -coverpkg=./... -coverprofile=cover.out ./...
	$(GO) tool cover -func=cover.out

fuzz: ## every fuzz target for FUZZTIME
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

bench: ## the benchmarks, with the ratios that the docs quote
	$(GO) test -run '^$$' -bench . -benchtime 3x -timeout 30m ./...

e2e-formats: ## a real reviewdog reads what is written for it
	$(GO) test -count 1 -tags reviewdog ./e2e/formats

soak: ## the long form of the tests of faults, kills and races
	SCRUM_SOAK=1 $(GO) test -race -count 1 -timeout 30m -run 'Soak' ./reviewers
	SCRUM_KILLS=60 $(GO) test -count 1 -timeout 60m -run 'TestARunThatIsKilled' ./cmd/scrum

e2e-walk: ## docs/guide.md, block by block, from a fresh clone
	SCRUM_WALK=1 $(GO) test -count 1 -timeout 15m ./e2e/walk

release-check: ## .goreleaser.yaml, and that a release is the same bytes each time; needs goreleaser 2.15 or newer
	@set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	sed "s/goos: \[.*/goos: [$$($(GO) env GOOS)]/; s/goarch: \[.*/goarch: [$$($(GO) env GOARCH)]/" .goreleaser.yaml > "$$tmp/one.yaml"; \
	for n in a b/deeper; do git clone -q . "$$tmp/$$n"; \
	  (cd "$$tmp/$$n" && git remote set-url origin https://git.example.com/team/scrum.git && goreleaser check && goreleaser release --snapshot --clean --skip=publish,sign,sbom -f "$$tmp/one.yaml"); done; \
	cat "$$tmp/a/dist/checksums.txt"; cmp "$$tmp/a/dist/checksums.txt" "$$tmp/b/deeper/dist/checksums.txt"; echo "make release-check: both builds are the same bytes"

TEMPORAL := bin/temporal

$(TEMPORAL): tools/temporal/go.mod
	cd tools/temporal && CGO_ENABLED=0 $(GO) build -ldflags '-s -w' -o ../../$(TEMPORAL) github.com/temporalio/cli/cmd/temporal

cluster: build $(TEMPORAL) ## a Temporal server, two workers and the demo's review on them, all on this machine
	@PATH="$(CURDIR)/bin:$$PATH" examples/cluster/up; code=$$?; if [ $$code -eq 1 ]; then echo "make cluster: exit status 1 is what the demo is to end with"; else echo "make cluster: exit status $$code, but 1 was expected"; exit 1; fi

e2e-cluster: $(TEMPORAL) ## reviews on a real Temporal server, with workers that are killed
	SCRUM_TEMPORAL=$(CURDIR)/$(TEMPORAL) $(GO) test -count 1 -timeout 15m ./e2e/cluster

bench-cluster: $(TEMPORAL) ## the numbers of docs/scale.md; takes ten minutes
	SCRUM_TEMPORAL=$(CURDIR)/$(TEMPORAL) $(GO) test -count 1 -timeout 30m -run '^$$' -bench 'Submission|Limit' -benchtime 1x ./e2e/cluster

e2e: build ## the pages in a real browser, with clicks and keys; installs what it needs
	@command -v npm >/dev/null || { echo "make e2e: npm is missing: install Node.js 20 or newer"; exit 1; }
	@if [ -z "$$CHROMIUM" ] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && apt-get install -q -y --no-install-recommends chromium; \
	  else echo "make e2e: chromium is missing: install it (Debian: apt-get install chromium), or name one with CHROMIUM=/path/to/it"; exit 1; fi; fi
	cd e2e/browser && npm ci --no-audit --no-fund --silent
	cd e2e/browser && $(GO) vet ./... && $(GO) test -count 1 -timeout 20m ./...

check-platforms: ## it builds for every platform that it promises
	GOOS=linux   GOARCH=amd64 CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/scrum
	GOOS=darwin  GOARCH=arm64 CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/scrum
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/scrum

clean: ## what the targets above made
	rm -rf bin cover.out
