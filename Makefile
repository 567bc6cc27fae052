# Drydock. One Makefile, not recursive; `make help` lists what it does.
#
# Every combination of compiler, sanitizer and optimisation has its own tree
# below build/, so that none of them has to be cleaned for another.

ifeq ($(origin CC),default)
CC := gcc
endif
OPT ?= -O2
SANITIZE ?=
COVERAGE ?=
BUILD_ROOT ?= build

SCENARIO_FLAGS ?=
# How many of each scenario's seeds the slower checks take.
COVERAGE_SEEDS ?= 0..99
DETERMINISM_SEEDS ?= 0..49
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= $(fuzz_targets)
# Which mutants: names in sim/mutants/, as the shell matches them.
MUTANTS ?= *
# All but those with allocations or calls in their thousands: a run for each would take
# long.
SWEEP_SEEDS ?= 0..9
SWEEP_FILES ?= $(filter-out %/1000-callers.json %/100-images.json, \
	$(sort $(wildcard scenarios/*/*.json)))

# `make V=1` shows the commands themselves.
quiet := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

comma := ,
variant := $(subst $(comma),+,$(or $(SANITIZE),plain))
ifneq ($(strip $(OPT)),-O2)
variant := $(variant)$(subst $() ,,$(OPT))
endif
ifneq ($(COVERAGE),)
variant := $(variant)-coverage
endif
BUILD := $(BUILD_ROOT)/$(notdir $(firstword $(CC)))-$(variant)

# Asserts stay on in every build: NDEBUG is never defined.
CPPFLAGS := -D_POSIX_C_SOURCE=200809L -I coord/include -I .
CFLAGS := -std=c11 $(OPT) -g -fno-common
# clang takes `extern inline`, a hint at an ordinary function, for C11's inline definition,
# which must not use what is static. (gcc is silent about what it does not know.)
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wno-static-in-inline
LDFLAGS :=
ifneq ($(SANITIZE),)
CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
# gcc guesses at ranges, and what sanitizers add makes it guess wrong; the plain
# build keeps these warnings. (Each compiler is silent about the other's.)
WARNINGS += -Wno-unknown-warning-option -Wno-format-truncation -Wno-maybe-uninitialized \
	-Wno-stringop-overflow
endif
ifneq ($(COVERAGE),)
CFLAGS += --coverage
LDFLAGS += --coverage
endif

# ---- What there is, by folder ------------------------------------------------

core_sources := $(wildcard coord/*.c)
backend_sources := $(wildcard coord/backend/*.c)
fakes_sources := $(wildcard fakes/*.c)
reports_sources := $(wildcard reports/*.c)
main_source := $(wildcard sim/main.c)
sim_sources := $(filter-out sim/main.c,$(wildcard sim/*.c sim/explore/*.c sim/server/*.c sim/live/*.c sim/conformance/*.c sim/soak/*.c))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

# From the top layer to the bottom one, as the linker wants them.
# Production's, which only scenarios that are played live need: before the core, whose
# symbols it uses.
backend := $(BUILD)/libbackend.a
archives := $(addprefix $(BUILD)/,libsim.a libreports.a libfakes.a) $(backend) $(BUILD)/libdrydock.a
backend_libraries := -lcurl -lcjson
# What the simulator's layer needs, the player on real engines too.
sim_libraries := -lcjson -lmicrohttpd -lcurl -lcrypto -lpthread

layers := coord fakes reports sim
# The backend is a layer of its own inside coord/.
test_layers := $(layers) coord/backend
test_sources := $(foreach layer,$(test_layers),$(wildcard $(layer)/test/test_*.c))
fixture_sources := $(filter-out $(test_sources),$(wildcard $(test_layers:%=%/test/*.c)))
bench_sources := $(wildcard bench/*.c)
live_bench_sources := $(wildcard bench/live/*.c)
example_sources := $(wildcard examples/*.c examples/*/*.c)
example_programs := $(patsubst %.c,$(BUILD)/%,$(wildcard examples/*.c))
fuzz_sources := $(wildcard fuzz/*.c)
fuzz_targets := $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c))
# Those that take longest first, mostly waiting for deadlines: the others run beside them.
slow_tests := sim/test/test_misbehave.c sim/test/test_crew.c sim/test/test_explore_command.c
test_programs := $(patsubst %.c,$(BUILD)/%,$(slow_tests) $(filter-out $(slow_tests),$(test_sources)))
command := $(if $(main_source),$(BUILD)/drydock)

all_objects := $(call objects,$(core_sources) $(backend_sources) $(fakes_sources) $(reports_sources) \
	$(sim_sources) $(main_source) $(test_sources) $(fixture_sources) $(bench_sources) \
	$(live_bench_sources) $(example_sources) $(fuzz_sources))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all
all: $(archives) $(command) ## build the library and ./drydock (the default)
	$(if $(command),@ln -sf $(command) drydock)

# ---- Packages: looked for when something is built, not when this is read ------

# Some goals do without the test library.
without_tests := all bench fuzz fuzz-search fuzz-regress sweep deps command scenarios mutants determinism check-symbols check-exports install uninstall optimised test-install test-live-agent bench-herd soak test-soak test-live examples
wanted := libcjson-dev libcurl4-openssl-dev libmicrohttpd-dev libssl-dev $(if $(filter-out $(without_tests),$(MAKECMDGOALS)),libcmocka-dev)

.PHONY: deps packages
deps: ## install the Debian packages that building and testing need
	@sh tools/packages.sh install $(CC) libcjson-dev libcurl4-openssl-dev libmicrohttpd-dev libssl-dev libcmocka-dev

# Where `deps` is asked for too, everything else waits for it, also under -j.
packages: $(if $(filter deps,$(MAKECMDGOALS)),| deps)
	@sh tools/packages.sh check $(CC) $(wanted)

# ---- Building ------------------------------------------------------------------

# What is installed is optimised as a whole, unless OPT asks for something else; gcc alone
# can do so and leave one plain member. Nobody may put a function of his in another's place,
# and libc's are called without a detour.
# An agent's call goes through a dozen small functions, and a tenth of its cost would be
# calling them. They are marked `inline`, whatever their linkage; and as gcc heeds that less
# the larger they, and a library, are, it shall take these for small ones.
whole := $(if $(filter-out -O2,$(strip $(OPT)))$(SANITIZE)$(COVERAGE),,-O3 -fno-semantic-interposition \
	-fno-plt $(if $(findstring gcc,$(notdir $(firstword $(CC)))),-flto=auto \
	--param large-unit-insns=40000 --param max-inline-insns-single=400))

# Changes when the compiler or its flags do; everything is then built again. (PPID is this
# make's: two may look at the same tree, if there is nothing left to build.)
flags := $(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(LDFLAGS) $(whole)
.PHONY: FORCE
$(BUILD)/flags: FORCE | packages
	@mkdir -p $(@D)
	@printf '%s\n' '$(flags)' "$$($(CC) --version | head -n 1)" > $@.$$PPID
	@if cmp -s $@.$$PPID $@; then rm $@.$$PPID; else mv $@.$$PPID $@; fi

$(all_objects): $(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(quiet)$(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c -o $@ $<

# An archive is made anew, also when its list of members changes: a member whose
# source is gone must not stay in it.
define archive
$(BUILD)/$(1).members: FORCE | packages
	@mkdir -p $$(@D)
	@printf '%s\n' $(2) > $$@.$$$$PPID
	@if cmp -s $$@.$$$$PPID $$@; then rm $$@.$$$$PPID; else mv $$@.$$$$PPID $$@; fi

$(BUILD)/$(1): $(call objects,$(2)) $(BUILD)/$(1).members
	$$(call say,AR,$$@)
	@rm -f $$@
	$$(quiet)$$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(eval $(call archive,libdrydock.a,$(core_sources)))
$(eval $(call archive,libbackend.a,$(backend_sources)))
$(eval $(call archive,libfakes.a,$(fakes_sources)))
$(eval $(call archive,libreports.a,$(reports_sources)))
$(eval $(call archive,libsim.a,$(sim_sources)))

ifneq ($(main_source),)
$(BUILD)/drydock: $(call objects,$(main_source)) $(archives)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(sim_libraries)
endif

# The command as it is installed and measured: optimised as a whole, like the library. Who
# changes it builds the other one, which is there sooner.
optimised := $(if $(main_source),$(BUILD)/whole/drydock)
optimised_objects := $(patsubst %.c,$(BUILD)/whole/%.o,$(main_source) $(sim_sources) \
	$(reports_sources) $(fakes_sources) $(backend_sources) $(core_sources))

$(optimised_objects): $(BUILD)/whole/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(quiet)$(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(whole) -MMD -MP -c -o $@ $<

$(BUILD)/whole/drydock: $(optimised_objects)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(whole) $(LDFLAGS) -o $@ $^ $(sim_libraries)

-include $(optimised_objects:.o=.d)

# A test program has its layer's fixtures beside it and every archive below it:
# LAYER, more fixtures and archives, libraries.
define test_layer
$(patsubst %.c,$(BUILD)/%,$(filter $(1)/test/%,$(test_sources))): $(BUILD)/%: $(BUILD)/%.o \
		$(call objects,$(filter $(1)/test/%,$(fixture_sources))) $(2) $(archives)
	$$(call say,LINK,$$@)
	$$(quiet)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcmocka $(or $(3),$$(sim_libraries))
endef
$(foreach layer,$(layers),$(eval $(call test_layer,$(layer))))
# The backend is held to the recordings that the fakes are held to.
$(eval $(call test_layer,coord/backend,$(call objects,fakes/test/recording.c),\
	$(backend_libraries) -lpthread))

$(BUILD)/examples/agent: $(call objects,$(wildcard examples/parts/*.c))
$(example_programs): $(BUILD)/%: $(BUILD)/%.o $(backend) $(BUILD)/libdrydock.a
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(backend_libraries)

$(patsubst %.c,$(BUILD)/%,$(live_bench_sources)): $(BUILD)/%: $(BUILD)/%.o $(backend) \
		$(BUILD)/libdrydock.a
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(backend_libraries) -lpthread

# A fuzz target is a program twice: with libFuzzer, which searches, and with
# plain.c, which is given a corpus.
$(fuzz_targets:%=$(BUILD)/fuzz/search_%): $(BUILD)/fuzz/search_%: $(BUILD)/fuzz/fuzz_%.o $(archives)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(sim_libraries)

$(fuzz_targets:%=$(BUILD)/fuzz/replay_%): $(BUILD)/fuzz/replay_%: $(BUILD)/fuzz/fuzz_%.o \
		$(BUILD)/fuzz/plain.o $(archives)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(sim_libraries)

$(BUILD)/fuzz/sweep: $(BUILD)/fuzz/sweep.o $(archives)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(sim_libraries)

-include $(all_objects:.o=.d)

# ---- Installing ------------------------------------------------------------------

# Core and backend are one library for whoever links to it: shared, and static with
# one member, in which what is the library's own has become local.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
version := $(shell sed -n 's/^#define DD_VERSION "\([0-9.]*\)".*/\1/p' coord/include/drydock/drydock.h)
# CONTRIBUTING.md has the policy.
soversion := 0
soname := libdrydock.so.$(soversion)
shared := $(BUILD)/library/libdrydock.so.$(version)
static := $(BUILD)/library/libdrydock.a
library_objects := $(patsubst %.c,$(BUILD)/library/%.o,$(core_sources) $(backend_sources))
public_headers := $(sort $(wildcard coord/include/drydock/*.h))
manuals := man/drydock.1 man/libdrydock.3

$(library_objects): $(BUILD)/library/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(quiet)$(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(whole) -fPIC -MMD -MP -c -o $@ $<

$(shared): $(library_objects) tools/libdrydock.map
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(whole) -fPIC $(LDFLAGS) -shared -Wl,-soname,$(soname) \
		-Wl,--version-script=tools/libdrydock.map $(if $(SANITIZE),,-Wl,-z$(comma)defs) \
		-Wl,-z,relro,-z,now -o $@ $(library_objects) $(backend_libraries) -lpthread

OBJCOPY ?= objcopy
$(static): $(library_objects)
	$(call say,AR,$@)
	$(quiet)$(if $(findstring -flto,$(whole)),$(CC) $(CFLAGS) $(whole) -fPIC -nostdlib \
		-flinker-output=nolto-rel,$(LD)) -r -o $(BUILD)/library/libdrydock.o $^
	$(quiet)$(OBJCOPY) --wildcard --keep-global-symbol='!*.*' \
		--keep-global-symbol='dd_[a-z]*' $(BUILD)/library/libdrydock.o
	@rm -f $@
	$(quiet)$(AR) rcs $@ $(BUILD)/library/libdrydock.o

-include $(library_objects:.o=.d)

# What is measured is what is installed.
$(BUILD)/bench/bench: $(call objects,$(bench_sources)) $(static)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(backend_libraries) -lpthread

.PHONY: install uninstall
install: $(shared) $(static) $(optimised) ## into PREFIX (/usr/local), below DESTDIR: library, headers, command, manuals
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(PREFIX)/include/drydock $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man3
	install -m 755 $(optimised) $(DESTDIR)$(PREFIX)/bin/drydock
	install -m 644 $(public_headers) $(DESTDIR)$(PREFIX)/include/drydock
	install -m 755 $(shared) $(DESTDIR)$(LIBDIR)/libdrydock.so.$(version)
	ln -sf libdrydock.so.$(version) $(DESTDIR)$(LIBDIR)/$(soname)
	ln -sf $(soname) $(DESTDIR)$(LIBDIR)/libdrydock.so
	install -m 644 $(static) $(DESTDIR)$(LIBDIR)/libdrydock.a
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(version)|' drydock.pc.in \
		>$(DESTDIR)$(LIBDIR)/pkgconfig/drydock.pc
	install -m 644 man/drydock.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 man/libdrydock.3 $(DESTDIR)$(MANDIR)/man3

uninstall: ## take away what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/drydock $(DESTDIR)$(LIBDIR)/libdrydock.so.$(version) \
		$(DESTDIR)$(LIBDIR)/$(soname) $(DESTDIR)$(LIBDIR)/libdrydock.so \
		$(DESTDIR)$(LIBDIR)/libdrydock.a $(DESTDIR)$(LIBDIR)/pkgconfig/drydock.pc \
		$(DESTDIR)$(MANDIR)/man1/drydock.1 $(DESTDIR)$(MANDIR)/man3/libdrydock.3
	rm -rf $(DESTDIR)$(PREFIX)/include/drydock

.PHONY: test-install
test-install: $(shared) $(static) $(optimised) ## install into a scratch folder, and build the examples against that
	@sh tools/need.sh pkg-config pkg-config
	@CC="$(CC)" CXX="$(CXX)" sh tools/test-install.sh "$(MAKE) --no-print-directory"

# ---- Running -------------------------------------------------------------------

.PHONY: test scenarios valgrind matrix coverage determinism
# The command, too: ./drydock is then what was tested.
test: $(test_programs) $(command) fuzz-regress ## run every test program, and every file of the corpora
	@sh tools/run-tests.sh $(test_programs)

scenarios: all ## replay every scenario file in simulation
	$(command) run $(strip $(SCENARIO_FLAGS) scenarios)

valgrind: | packages ## run every test program under valgrind
	@sh tools/need.sh valgrind valgrind
	@$(MAKE) --no-print-directory valgrind-run

.PHONY: thread
thread: | packages ## the tests of what has threads, under the thread sanitizer
	@$(MAKE) --no-print-directory SANITIZE=thread thread-run

.PHONY: thread-run
thread-run: $(filter $(BUILD)/coord/backend/%,$(test_programs))
	@sh tools/run-tests.sh $^

.PHONY: valgrind-run
valgrind-run: $(test_programs)
	@WRAPPER="valgrind --quiet --suppressions=tools/valgrind.supp --child-silent-after-fork=yes \
		--leak-check=full --show-leak-kinds=all \
		--errors-for-leak-kinds=all --error-exitcode=99" \
		TEST_TIMEOUT=600 sh tools/run-tests.sh $(test_programs)

matrix: | packages ## the tests with gcc and clang, plain and sanitized
	@sh tools/need.sh clang "clang libclang-rt-14-dev"
	@for cc in gcc clang; do \
		for sanitize in "" address,undefined,leak; do \
			echo "== $$cc $${sanitize:-plain}"; \
			$(MAKE) --no-print-directory CC=$$cc SANITIZE=$$sanitize test || exit 1; \
		done; \
	done

# A tree of its own, made anew: counts of an older build would be added up.
coverage: | packages ## lines and branches from tests and scenarios, as a page
	@sh tools/need.sh lcov lcov
	rm -rf $(BUILD_ROOT)/gcc-plain-O0-coverage $(BUILD_ROOT)/coverage
	@$(MAKE) --no-print-directory CC=gcc SANITIZE= OPT=-O0 COVERAGE=1 coverage-page

.PHONY: coverage-page
coverage-page: $(test_programs) $(command)
	@sh tools/run-tests.sh $(test_programs)
	$(BUILD)/drydock run --states --seeds $(COVERAGE_SEEDS) $(SCENARIO_FLAGS) scenarios \
		>$(BUILD)/states.txt || { cat $(BUILD)/states.txt; exit 1; }
	$(BUILD)/drydock explore --crosscheck --completion 1 scenarios/explore/coord-4-2.json
	$(BUILD)/drydock explore --strategy random --budget 2000 scenarios/explore/two-images.json
	$(BUILD)/drydock explore --strategy faults scenarios/explore/cancel.json
	@sh tools/need.sh docker docker.io
	sh tools/test-session.sh $(BUILD)/drydock
	sh tools/test-conformance.sh $(BUILD)/drydock
	sh tools/soak.sh $(BUILD)/drydock 10s fake
	sh tools/test-live.sh $(BUILD)/drydock docker
	@sh tools/coverage.sh $(BUILD) $(BUILD_ROOT)/coverage $(BUILD)/states.txt

determinism: | packages ## the same seeds give the same output, whatever is built how
	@sh tools/need.sh clang "clang libclang-rt-14-dev"
	@$(MAKE) --no-print-directory CC=gcc SANITIZE= OPT=-O2 command optimised
	@$(MAKE) --no-print-directory CC=clang SANITIZE= OPT=-O0 command
	@$(MAKE) --no-print-directory CC=gcc SANITIZE=address,undefined,leak OPT=-O2 command
	@sh tools/check-determinism.sh $(DETERMINISM_SEEDS) $(BUILD_ROOT)/gcc-plain/drydock \
		$(BUILD_ROOT)/gcc-plain/whole/drydock $(BUILD_ROOT)/clang-plain-O0/drydock $(BUILD_ROOT)/gcc-address+undefined+leak/drydock

.PHONY: misbehave
misbehave: $(BUILD)/sim/test/test_misbehave ## every misbehaviour of an engine in every call: what an agent is told, as a table
	@$< print

.PHONY: examples
examples: $(example_programs) ## build the examples, in the build tree

.PHONY: audit bench bench-explore test-session
bench: $(BUILD)/bench/bench ## what the coordinator costs beside its bars; PEER=DIR for the seed's
	@sh tools/bench.sh $< $(PEER)

test-session: $(command) ## the docker command's session of docs/SESSION.md against the fake engine
	@sh tools/test-session.sh $(command)

# Those whose audit takes a few seconds at most.
AUDIT_FILES := $(filter-out %/coord-16-2.json %/coord-8-2.json %/coord-3-2-whole.json \
	%/sixteen-looks.json %/sixteen-retains.json,$(wildcard scenarios/explore/*.json))

audit_targets := $(AUDIT_FILES:%=audit/%)
.PHONY: $(audit_targets)
audit: $(audit_targets) ## worlds with one fingerprint can do the same, in scenarios/explore

$(audit_targets): audit/%: % $(command)
	@$(command) explore --audit $<

bench-explore: $(optimised) ## what exploring costs beside its bars; PEER=DIR for SPIN and fast-check
	@sh tools/bench-explore.sh $< $(PEER)

HERD ?= 10 1000 64M
.PHONY: bench-herd
bench-herd: $(BUILD)/bench/live/herd ## as root: 1,000 threads, one image, a private engine; beside a bare request
	@bash tools/bench-herd.sh $< $(HERD)

.PHONY: fuzz fuzz-search fuzz-regress sweep faults
fuzz: | packages ## search for inputs that break a reader, FUZZ_SECONDS (60) each; FUZZ_TARGETS for some
	@sh tools/fuzz.sh check
	@$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-search

fuzz-search: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/search_%)
	@sh tools/fuzz.sh search $(BUILD)/fuzz $(BUILD_ROOT)/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

fuzz-regress: $(fuzz_targets:%=$(BUILD)/fuzz/replay_%) ## every file of fuzz/corpus/ once
	@sh tools/fuzz.sh replay $(BUILD)/fuzz $(fuzz_targets)

faults: $(command) ## every engine call of the scenarios fails once, in every way
	@$(command) explore --strategy faults $(SWEEP_FILES)

sweep: $(BUILD)/fuzz/sweep ## every allocation of the scenarios' coordinators fails once
	@$< $(SWEEP_SEEDS) $(SWEEP_FILES)

.PHONY: mutants
mutants: | packages ## break every rule once, and see the scenarios catch it
	@CC="$(CC)" bash tools/mutants.sh $(foreach name,$(MUTANTS),$(wildcard sim/mutants/$(name).patch))

.PHONY: tapes
tapes: | packages ## a hundred tapes go the same way after harmless changes (tools/tapes/)
	@CC="$(CC)" bash tools/tapes.sh $(wildcard tools/tapes/*.patch)

.PHONY: explore-mutants
explore-mutants: | packages ## break every rule once, and see exploration find it, shrink it and write it down
	@CC="$(CC)" bash tools/explore-mutants.sh $(foreach name,$(MUTANTS), \
		$(wildcard sim/mutants/$(name).patch sim/mutants/capacity/$(name).patch))

.PHONY: command optimised
command: $(command)
optimised: $(optimised)

.PHONY: states
states: $(BUILD)/coord/test/test_transition ## print the table of image states, as docs/STATES.md has it
	@$< print

# ---- Gates ---------------------------------------------------------------------

folders := $(wildcard $(layers) examples bench fuzz)
all_files = $(sort $(shell find $(folders) -name '*.[ch]'))
layer_files = $(sort $(shell find $(layers) -name '*.[ch]' -not -path '*/test/*'))
header_files = $(filter %.h,$(all_files))

gates := check-layers check-symbols check-exports check-banned check-headers check-length check-format \
	check-parity check-mutants check-list
.PHONY: gates $(gates) test-gates format tidy
gates: $(gates) ## all gates, one after the other

check-layers: ## gate: a file includes only its own layer or a lower one
	@awk -f tools/strip-comments.awk -f tools/check-layers.awk $(layer_files)
	@echo "$@: fine"

check-symbols: $(BUILD)/libdrydock.a ## gate: the core's archive needs only the symbols in a list
	@NM="$(NM)" sh tools/check-symbols.sh $< tools/core-symbols.txt
	@echo "$@: fine"

check-exports: $(shared) $(static) ## gate: the library exports what its headers declare
	@NM="$(NM)" sh tools/check-exports.sh $(shared) $(public_headers)
	@NM="$(NM)" sh tools/check-exports.sh $(static) $(public_headers)
	@echo "$@: fine"

check-banned: ## gate: no banned call, no marker of unfinished work
	@awk -f tools/strip-comments.awk -f tools/check-banned.awk $(all_files)
	@echo "$@: fine"

check-headers: | packages ## gate: every header compiles alone, the public ones also as C++17
	@CC="$(CC)" CXX="$(CXX)" \
		CHECK_FLAGS="$(CPPFLAGS) -Wall -Wextra -Wpedantic -Werror" \
		sh tools/check-headers.sh $(header_files)
	@echo "$@: fine"

check-length: ## gate: no file is longer than 600 lines
	@sh tools/check-length.sh $(all_files)
	@echo "$@: fine"

check-format: ## gate: the files are as clang-format leaves them
	@sh tools/need.sh clang-format clang-format
	@clang-format --dry-run --Werror $(all_files)
	@echo "$@: fine"

check-parity: ## gate: every row of docs/PARITY.md names a test, and it is run
	@sh tools/check-parity.sh docs/PARITY.md $(wildcard coord/test/test_*.c)
	@echo "$@: fine"

check-mutants: ## gate: every mutant still applies, and every hazard has one
	@sh tools/need.sh patch patch
	@sh tools/check-mutants.sh sim/mutants docs/HAZARDS.md
	@echo "$@: fine"

check-list: ## gate: scenarios/README.md lists the scenario files that are there
	@sh tools/list-scenarios.sh --check
	@echo "$@: fine"

test-gates: ## break every gate once, to see that it can fail
	@CC="$(CC)" CXX="$(CXX)" sh tools/test-gates.sh

.PHONY: test-engine
test-engine: $(command) ## as root: private engines start, work, leave nothing, and do as docs/ENGINE.md says
	@sh tools/test-engine.sh
	@sh tools/test-conformance.sh $(command)

# AGENT: another program than the one in the build tree, such as an installed one's.
.PHONY: test-live-agent
test-live-agent: $(if $(AGENT),,$(BUILD)/examples/agent) ## as root: a session with the example agent on a private engine
	@bash tools/test-live-agent.sh $(or $(AGENT),$(BUILD)/examples/agent)

format: ## let clang-format have its way with every file
	@sh tools/need.sh clang-format clang-format
	@clang-format -i $(all_files)

SOAK_TIME ?= 60s
SOAK_ENGINE ?= docker
SOAK_FLAGS ?=
.PHONY: test-live
test-live: $(command) ## as root: all scenarios on a private engine; LIVE_ENGINE=docker|podman
	@sh tools/test-live.sh $(command) $(or $(LIVE_ENGINE),docker)

.PHONY: soak test-soak
test-soak: $(command) ## a short soak on the fake engine is recorded, judged, retold and replayed
	@sh tools/test-soak.sh $(command)

soak: $(command) ## as root: random callers on a private engine that is killed again and again; SOAK_TIME, SOAK_ENGINE=docker|podman|fake
	@sh tools/soak.sh $(command) $(SOAK_TIME) $(SOAK_ENGINE) $(SOAK_FLAGS)

tidy_targets := $(patsubst %.c,tidy/%,$(core_sources) $(backend_sources) $(fakes_sources) $(reports_sources) \
	$(sim_sources) $(main_source) $(test_sources) $(fixture_sources) $(bench_sources) \
	$(live_bench_sources) $(example_sources) $(fuzz_sources))
# How many nodes the analyser may look at in each function's paths. Its own limit is
# three times that, and takes three times as long.
TIDY_NODES ?= 75000
.PHONY: $(tidy_targets)
tidy: $(tidy_targets) ## clang-tidy over every source file
	@echo "$@: fine"

$(tidy_targets): tidy/%: %.c | packages
	@sh tools/need.sh clang-tidy clang-tidy
	@clang-tidy --quiet $< -- -std=c11 $(CPPFLAGS) \
		-Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) 2>/dev/null

# ---- Housekeeping --------------------------------------------------------------

.PHONY: clean help
clean: ## remove everything that was built
	rm -rf $(BUILD_ROOT) drydock

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18
