# journey: customer journeys and funnels for PostgreSQL

EXTENSION = journey
MODULE_big = journey
PGFILEDESC = "journey - customer journeys and funnels"

OBJS = \
	src/bars.o \
	src/call_site.o \
	src/changes.o \
	src/compare.o \
	src/count.o \
	src/credit.o \
	src/customers.o \
	src/event_check.o \
	src/event_codes.o \
	src/exact.o \
	src/figures.o \
	src/finish.o \
	src/funnel.o \
	src/funnel_timeline.o \
	src/giant.o \
	src/journey.o \
	src/journey_map.o \
	src/label.o \
	src/leaks.o \
	src/life_rows.o \
	src/life_table.o \
	src/load_names.o \
	src/load_pack.o \
	src/map.o \
	src/map_check.o \
	src/map_find.o \
	src/map_json.o \
	src/map_make.o \
	src/map_text.o \
	src/map_time.o \
	src/map_type.o \
	src/mask_codes.o \
	src/match.o \
	src/match_any.o \
	src/match_optional.o \
	src/match_rules.o \
	src/match_space.o \
	src/match_ties.o \
	src/match_trace.o \
	src/match_walk.o \
	src/mermaid.o \
	src/packed.o \
	src/picture.o \
	src/plan.o \
	src/population.o \
	src/progress.o \
	src/readers.o \
	src/report.o \
	src/segment_leaks.o \
	src/sketch.o \
	src/spill.o \
	src/states.o \
	src/stats.o \
	src/stats_worst.o \
	src/summary.o \
	src/summary_check.o \
	src/summary_expanded.o \
	src/summary_fields.o \
	src/summary_json.o \
	src/summary_type.o \
	src/svg.o \
	src/svg_funnel.o \
	src/svg_journey.o \
	src/svg_parts.o \
	src/tally.o \
	src/timeline.o \
	src/timeline_build.o \
	src/timeline_check.o \
	src/timeline_expanded.o \
	src/timeline_json.o \
	src/timeline_load.o \
	src/timeline_match.o \
	src/timeline_merge.o \
	src/timeline_pack.o \
	src/timeline_plain.o \
	src/timeline_readers.o \
	src/timeline_type.o \
	src/touch.o \
	src/touchpoints.o \
	src/touchpoints_read.o \
	src/vega_lite.o \
	src/what_if.o \
	src/wire.o

SOURCE_HEADERS = \
	call_site.h \
	changes.h \
	compat.h \
	count.h \
	credit.h \
	customers.h \
	event_check.h \
	event_codes.h \
	exact.h \
	figures.h \
	finish.h \
	giant.h \
	jsonb_read.h \
	label.h \
	life_table.h \
	load_names.h \
	load_pack.h \
	map.h \
	mask_codes.h \
	match.h \
	match_rules.h \
	picture.h \
	plan.h \
	population.h \
	readers.h \
	sketch.h \
	spill.h \
	states.h \
	stats.h \
	summary.h \
	summary_expanded.h \
	summary_fields.h \
	svg.h \
	svg_parts.h \
	tally.h \
	timeline.h \
	timeline_match.h \
	timeline_pack.h \
	touch.h \
	touchpoints.h \
	wire.h

# The install script is its parts, one a topic, in order of their numbers.
EXTVERSION = 0.1.0
EXTENSION_SQL = sql/install/journey--$(EXTVERSION).sql
EXTENSION_SQL_PARTS = $(sort $(wildcard $(srcdir)/sql/install/[0-9]*.sql))
DATA_built = $(EXTENSION_SQL)
# from each version to the next
DATA = $(patsubst $(srcdir)/%,%,$(sort $(wildcard $(srcdir)/sql/update/journey--*--*.sql)))

REGRESS = \
	types \
	types_errors \
	funnel_type \
	funnel \
	funnel_errors \
	matching \
	stages \
	leaks \
	segments \
	compare \
	what_if \
	readers \
	bars \
	journey_map \
	ready_maps \
	pictures \
	parallel \
	split \
	partitions \
	spill \
	timeline \
	timeline_errors \
	timeline_funnel \
	timeline_load \
	timeline_merge \
	touchpoints \
	upkeep \
	reports \
	report_history \
	report_errors \
	life_table \
	rare \
	rare_rows \
	catalog \
	security
REGRESS_OPTS = --load-extension=journey --encoding=UTF8 --no-locale

PG_CPPFLAGS = -I$(srcdir)/src

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
# A fresh machine has no PGXS yet: "make test" and "make demo" install it.
ifneq ($(wildcard $(patsubst %/makefiles/pgxs.mk,%/Makefile.global,$(PGXS))),)
include $(PGXS)
else ifneq ($(filter-out test demo bench clients fuzz cassert valgrind coverage matrix load dist,$(or $(MAKECMDGOALS),all)),)
$(error no PostgreSQL server headers: PG_CONFIG=$(PG_CONFIG); "test/setup" installs what is missing)
endif

$(EXTENSION_SQL): $(EXTENSION_SQL_PARTS)
	mkdir -p $(@D)
	cat $^ > $@

$(OBJS): $(addprefix $(srcdir)/src/,$(SOURCE_HEADERS))

# Out of the tree, as Debian builds, there is no such directory at first.
$(OBJS) $(OBJS:.o=.bc): | $(CURDIR)/src
$(CURDIR)/src:
	mkdir -p $@

# Both install what is missing, build, and use a private throw-away server.
.PHONY: test demo bench clients fuzz cassert valgrind coverage matrix load dist

test:
	test/run

demo:
	demo/run

# What it takes is not installed: it skips the clients that are not there.
clients:
	test/clients/run

# Takes about an hour and writes docs/benchmark.md; see test/bench/run.
bench:
	test/bench/run

# Those that take long; CONTRIBUTING.md has their times.
FUZZ_SECONDS = 600

fuzz:
	test/fuzz/run --seconds $(FUZZ_SECONDS)

cassert:
	test/cassert

valgrind:
	test/cassert --valgrind

coverage:
	test/coverage

matrix:
	test/matrix

LOAD_SECONDS = 600

load:
	test/with_server test/load --seconds $(LOAD_SECONDS)

# The archive for PGXN.  It has the install script, too, which git has not.
DISTNAME = $(EXTENSION)-$(EXTVERSION)

dist: $(EXTENSION_SQL)
	mkdir -p dist
	git archive --format=zip -o dist/$(DISTNAME).zip \
		--prefix=$(DISTNAME)/$(dir $(EXTENSION_SQL)) --add-file=$(EXTENSION_SQL) \
		--prefix=$(DISTNAME)/ HEAD
