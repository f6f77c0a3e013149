# SPDX-License-Identifier: Apache-2.0
# Figures. BENCHES names the programs that measure: each prints figures on stdout, a JSON object a line with
# the keys of tests/bench/figures.py, and takes the arguments in BENCH_ARGUMENTS_<its file name>. They are
# built first, then run one after the other, so that they do not disturb each other.

# $(call rtl_bench,NAME,VERILATED NAME,SOURCES (.cpp .h),C++ FLAGS,C SOURCES,LIBRARIES): build/bench/NAME.
define rtl_bench
$(BUILD)/bench/$(1): $(3) $(patsubst %.c,$(BUILD)/obj/%.o,$(5)) tests/bench/figure.h tests/rtl/tb.h $(BUILD)/verilated/$(2)/V$(2)__ALL.a $(VERILATED_RUNTIME) $(ABI_H)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(CXXFLAGS) -Itests/rtl -I$(BUILD)/verilated/$(2) -isystem $(VERILATOR_INCLUDE) -DV=V$(2) \
	  -DHEADER='"V$(2).h"' $(4) $$(filter %.cpp,$(3)) \
	  $(patsubst %.c,$(BUILD)/obj/%.o,$(5)) $(BUILD)/verilated/$(2)/V$(2)__ALL.a $(VERILATED_RUNTIME) -lpthread -lz -llz4 -lcrypto $(6) -o $$@
BENCHES += $(BUILD)/bench/$(1)
endef

HASH_BENCH := tests/bench/hash_cycles.cpp tests/rtl/hash/engine.h tests/rtl/hash/reference.cpp tests/rtl/hash/reference.h
$(eval $(call rtl_bench,hash_cycles_sha256,hash_engine_sha256,$(HASH_BENCH),-Itests/rtl/hash -DSM3=0))
$(eval $(call rtl_bench,hash_cycles_sm3,hash_engine_sm3,$(HASH_BENCH),-Itests/rtl/hash -DSM3=1))

# The whole card but its point engine, which would only slow these down, by width of its data path; as many
# slot reads in flight as 300 cycles of latency ask for.
BENCH_HASH_SV := $(filter-out rtl/engine/%,$(RTL_SOURCES))
TLP_BENCH := tests/bench/tlp_share.cpp tests/bench/tlp_host.h
define tlp_bench
$(call verilated,bench_card_$(1),snapcard,$(BENCH_HASH_SV),-GDataWidth=$(1) -GSlotReadTags=$(2) -GNumPoint=0)
$(call rtl_bench,tlp_share_$(1),bench_card_$(1),$(TLP_BENCH),-DWIDTH=$(1) -DSLOT_TAGS=$(2))
endef
$(eval $(call tlp_bench,128,16))
$(eval $(call tlp_bench,256,32))
$(eval $(call tlp_bench,512,64))

# By number of SHA-256 engines; 2 is what bench_card_128 has.
ENGINES_BENCH := tests/bench/card_engines.cpp tests/bench/tlp_host.h tests/rtl/hash/reference.cpp tests/rtl/hash/reference.h
$(eval $(call verilated,bench_engines_1,snapcard,$(BENCH_HASH_SV),-GNumSha256=1 -GNumPoint=0))
$(eval $(call verilated,bench_engines_4,snapcard,$(BENCH_HASH_SV),-GNumSha256=4 -GNumPoint=0))
$(eval $(call rtl_bench,card_engines_1,bench_engines_1,$(ENGINES_BENCH),-Itests/rtl/hash -DENGINES=1))
$(eval $(call rtl_bench,card_engines_2,bench_card_128,$(ENGINES_BENCH),-Itests/rtl/hash -DENGINES=2))
$(eval $(call rtl_bench,card_engines_4,bench_engines_4,$(ENGINES_BENCH),-Itests/rtl/hash -DENGINES=4))

# The card as it ships, its point engine fed with jobs that the CPU's libraries made; products counted by the model.
POINT_BENCH := $(addprefix tests/bench/,point_engine.cpp peer.cpp peer.h products.cpp products.h tlp_host.h) tests/rtl/engine/jobs.cpp tests/rtl/engine/jobs.h
$(eval $(call verilated,bench_point,snapcard,$(RTL_SOURCES),))
$(eval $(call rtl_bench,point_engine,bench_point,$(POINT_BENCH),-Itests/rtl/engine -DFIGURES='"engine"' \
  -DCOMMAND='"build/bench/point_engine"' -DAIMS=true -DTHREADS=32u -DQUEUES=4u,$(HLS_MODEL),-lsecp256k1))
BENCH_ARGUMENTS_point_engine := ecdsa_verify ecdsa_verify_compressed ecdsa_recover bip340_verify sm2_verify pedersen_commit msm_term
$(BUILD)/bench/point_engine: $(ENGINE_IMAGE) $(ENGINE_FIXED)

# The same as configured for the ECP5-85F: what its Fmax is worth.
$(eval $(call verilated,bench_point_ecp5_85f,snapcard,$(RTL_SOURCES),$(patsubst %,-G%,$(filter-out Target=%,$(ECP5_PARAMETERS)))))
$(eval $(call rtl_bench,point_engine_ecp5_85f,bench_point_ecp5_85f,$(POINT_BENCH),-Itests/rtl/engine -DFIGURES='"board.ecp5_85f"' \
  -DCOMMAND='"build/bench/point_engine_ecp5_85f"' -DAIMS=false \
  -DTHREADS=$(call ecp5_parameter,PointThreads)u -DQUEUES=$(call ecp5_parameter,NumQueues)u,$(HLS_MODEL),-lsecp256k1))
BENCH_ARGUMENTS_point_engine_ecp5_85f := ecdsa_verify
$(BUILD)/bench/point_engine_ecp5_85f: $(ENGINE_IMAGE) $(ENGINE_FIXED)
$(BUILD)/verilated/bench_point_ecp5_85f/Vbench_point_ecp5_85f__ALL.a: bitstreams/rules.mk # the parameters

# The state by its number of accounts, in powers of ten: up to 10^6 in make bench, unless BENCH_ACCOUNTS says
# otherwise. make node-scale goes to 10^7, which takes some 20 minutes and 20 GB of disk in TMPDIR (or /tmp), and
# keeps what it has measured in docs, with a picture of it.
BENCH_ACCOUNTS := 1000000
STATE_BENCH := $(LEDGER_SOURCES) $(LEDGER_CHAIN) \
  $(addprefix tests/bench/,callgrind.c node_state.c node_state_chain.c node_state_fill.c node_state_rows.c)
$(BUILD)/bench/node_state: $(patsubst %.c,$(BUILD)/obj/%.o,$(STATE_BENCH))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -o $@ $(LEDGER_LIBRARIES)
BENCHES += $(BUILD)/bench/node_state
BENCH_ARGUMENTS_node_state := $(BENCH_ACCOUNTS)

node-scale: $(BUILD)/bench/node_state ## what the state takes with up to 10^7 accounts, into docs/node-scale.*
	@tests/bench/collect.py --out docs/node-scale.jsonl '$(BUILD)/bench/node_state 10000000'
	@tests/bench/node_state_plot.py docs/node-scale.jsonl docs/node-scale.svg
.PHONY: node-scale

bench: deps-test ## measures the figures and renders docs/FIGURES.md
	+@$(MAKE) --no-print-directory -j2 bench-programs
	@$(MAKE) --no-print-directory bench-run

.PHONY: bench-programs bench-run
bench-programs: $(BENCHES)
# Huge pages, as host/node/snapscaled.service sets them.
bench-run: export GLIBC_TUNABLES := glibc.malloc.hugetlb=1
bench-run:
	@tests/bench/collect.py --out $(BUILD)/bench/figures.jsonl \
	  $(foreach bench,$(BENCHES),'$(strip $(bench) $(BENCH_ARGUMENTS_$(notdir $(bench))))')
	@tests/bench/render.py $(BUILD)/bench/figures.jsonl docs/FIGURES.md
