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
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
LDFLAGS :=
ifneq ($(SANITIZE),)
CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
endif
ifneq ($(COVERAGE),)
CFLAGS += --coverage
LDFLAGS += --coverage
endif

# ---- What there is, by folder ------------------------------------------------

core_sources := $(wildcard coord/*.c)
fakes_sources := $(wildcard fakes/*.c)
reports_sources := $(wildcard reports/*.c)
main_source := $(wildcard sim/main.c)
sim_sources := $(filter-out sim/main.c,$(wildcard sim/*.c))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

# From the top layer to the bottom one, as the linker wants them.
archives := $(addprefix $(BUILD)/,libsim.a libreports.a libfakes.a libdrydock.a)

layers := coord fakes reports sim
test_sources := $(foreach layer,$(layers),$(wildcard $(layer)/test/test_*.c))
fixture_sources := $(filter-out $(test_sources),$(wildcard $(layers:%=%/test/*.c)))
test_programs := $(patsubst %.c,$(BUILD)/%,$(test_sources))
command := $(if $(main_source),$(BUILD)/drydock)

all_objects := $(call objects,$(core_sources) $(fakes_sources) $(reports_sources) \
	$(sim_sources) $(main_source) $(test_sources) $(fixture_sources))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all
all: $(archives) $(command) ## build the library and ./drydock (the default)
	$(if $(command),@ln -sf $(command) drydock)

# ---- Packages: looked for when something is built, not when this is read ------

# `all` and `scenarios` do without the test library.
without_tests := all deps scenarios
wanted := libcjson-dev $(if $(filter-out $(without_tests),$(MAKECMDGOALS)),libcmocka-dev)

.PHONY: deps packages
deps: ## install the Debian packages that building and testing need
	@sh tools/packages.sh install $(CC) libcjson-dev libcmocka-dev

# Where `deps` is asked for too, everything else waits for it, also under -j.
packages: $(if $(filter deps,$(MAKECMDGOALS)),| deps)
	@sh tools/packages.sh check $(CC) $(wanted)

# ---- Building ------------------------------------------------------------------

# Changes when the compiler or its flags do; everything is then built again.
flags := $(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(LDFLAGS)
.PHONY: FORCE
$(BUILD)/flags: FORCE | packages
	@mkdir -p $(@D)
	@printf '%s\n' '$(flags)' "$$($(CC) --version | head -n 1)" > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(all_objects): $(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c -o $@ $<

# An archive is made anew: a member whose source is gone must not stay in it.
define archive
$(BUILD)/$(1): $(call objects,$(2)) $(BUILD)/flags
	@rm -f $$@
	$$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(eval $(call archive,libdrydock.a,$(core_sources)))
$(eval $(call archive,libfakes.a,$(fakes_sources)))
$(eval $(call archive,libreports.a,$(reports_sources)))
$(eval $(call archive,libsim.a,$(sim_sources)))

ifneq ($(main_source),)
$(BUILD)/drydock: $(call objects,$(main_source)) $(archives)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcjson
endif

# A test program has its layer's fixtures beside it and every archive below it.
define test_layer
$(patsubst %.c,$(BUILD)/%,$(filter $(1)/test/%,$(test_sources))): $(BUILD)/%: $(BUILD)/%.o \
		$(call objects,$(filter $(1)/test/%,$(fixture_sources))) $(archives)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcmocka -lcjson
endef
$(foreach layer,$(layers),$(eval $(call test_layer,$(layer))))

-include $(all_objects:.o=.d)

# ---- Running -------------------------------------------------------------------

.PHONY: test scenarios
test: $(test_programs) ## run every test program
	@sh tools/run-tests.sh $(test_programs)

scenarios: all ## replay every scenario file in simulation
	./drydock run $(SCENARIO_FLAGS) scenarios

# ---- Housekeeping --------------------------------------------------------------

.PHONY: clean help
clean: ## remove everything that was built
	rm -rf $(BUILD_ROOT) drydock

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18
