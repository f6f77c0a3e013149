// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5 cell DP16KD, 1,024 x 18 bits, as Yosys and snap_ram_ecp5 use it:
//   - port A writes whole words of 9, 18 or 36 bits or stays idle; port B reads 9, 18 or 36; one clock
//   - data widths of both ports equal; at 36 bits port A's data pins carry the lower half of either access
//   - output registers ("OUTREG") on both ports or on none
// Reading what is written in the same cycle gives random bits. Whatever else is asked of the cell ends the simulation.
module DP16KD #(
    parameter DATA_WIDTH_A = 18, parameter DATA_WIDTH_B = 18,
    parameter REGMODE_A = "NOREG", parameter REGMODE_B = "NOREG",
    parameter RESETMODE = "SYNC", parameter ASYNC_RESET_RELEASE = "SYNC",
    parameter CSDECODE_A = "0b000", parameter CSDECODE_B = "0b000",
    parameter CLKAMUX = "CLKA", parameter CLKBMUX = "CLKB",
    parameter WRITEMODE_A = "NORMAL", parameter WRITEMODE_B = "NORMAL", parameter GSR = "ENABLED",
    parameter [319:0] INITVAL_00 = 320'b0, parameter [319:0] INITVAL_01 = 320'b0,
    parameter [319:0] INITVAL_02 = 320'b0, parameter [319:0] INITVAL_03 = 320'b0,
    parameter [319:0] INITVAL_04 = 320'b0, parameter [319:0] INITVAL_05 = 320'b0,
    parameter [319:0] INITVAL_06 = 320'b0, parameter [319:0] INITVAL_07 = 320'b0,
    parameter [319:0] INITVAL_08 = 320'b0, parameter [319:0] INITVAL_09 = 320'b0,
    parameter [319:0] INITVAL_0A = 320'b0, parameter [319:0] INITVAL_0B = 320'b0,
    parameter [319:0] INITVAL_0C = 320'b0, parameter [319:0] INITVAL_0D = 320'b0,
    parameter [319:0] INITVAL_0E = 320'b0, parameter [319:0] INITVAL_0F = 320'b0,
    parameter [319:0] INITVAL_10 = 320'b0, parameter [319:0] INITVAL_11 = 320'b0,
    parameter [319:0] INITVAL_12 = 320'b0, parameter [319:0] INITVAL_13 = 320'b0,
    parameter [319:0] INITVAL_14 = 320'b0, parameter [319:0] INITVAL_15 = 320'b0,
    parameter [319:0] INITVAL_16 = 320'b0, parameter [319:0] INITVAL_17 = 320'b0,
    parameter [319:0] INITVAL_18 = 320'b0, parameter [319:0] INITVAL_19 = 320'b0,
    parameter [319:0] INITVAL_1A = 320'b0, parameter [319:0] INITVAL_1B = 320'b0,
    parameter [319:0] INITVAL_1C = 320'b0, parameter [319:0] INITVAL_1D = 320'b0,
    parameter [319:0] INITVAL_1E = 320'b0, parameter [319:0] INITVAL_1F = 320'b0,
    parameter [319:0] INITVAL_20 = 320'b0, parameter [319:0] INITVAL_21 = 320'b0,
    parameter [319:0] INITVAL_22 = 320'b0, parameter [319:0] INITVAL_23 = 320'b0,
    parameter [319:0] INITVAL_24 = 320'b0, parameter [319:0] INITVAL_25 = 320'b0,
    parameter [319:0] INITVAL_26 = 320'b0, parameter [319:0] INITVAL_27 = 320'b0,
    parameter [319:0] INITVAL_28 = 320'b0, parameter [319:0] INITVAL_29 = 320'b0,
    parameter [319:0] INITVAL_2A = 320'b0, parameter [319:0] INITVAL_2B = 320'b0,
    parameter [319:0] INITVAL_2C = 320'b0, parameter [319:0] INITVAL_2D = 320'b0,
    parameter [319:0] INITVAL_2E = 320'b0, parameter [319:0] INITVAL_2F = 320'b0,
    parameter [319:0] INITVAL_30 = 320'b0, parameter [319:0] INITVAL_31 = 320'b0,
    parameter [319:0] INITVAL_32 = 320'b0, parameter [319:0] INITVAL_33 = 320'b0,
    parameter [319:0] INITVAL_34 = 320'b0, parameter [319:0] INITVAL_35 = 320'b0,
    parameter [319:0] INITVAL_36 = 320'b0, parameter [319:0] INITVAL_37 = 320'b0,
    parameter [319:0] INITVAL_38 = 320'b0, parameter [319:0] INITVAL_39 = 320'b0,
    parameter [319:0] INITVAL_3A = 320'b0, parameter [319:0] INITVAL_3B = 320'b0,
    parameter [319:0] INITVAL_3C = 320'b0, parameter [319:0] INITVAL_3D = 320'b0,
    parameter [319:0] INITVAL_3E = 320'b0, parameter [319:0] INITVAL_3F = 320'b0
) (
    input logic
        ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13, ADB0, ADB1,
        ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13, DIA0, DIA1, DIA2, DIA3,
        DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12, DIA13, DIA14, DIA15, DIA16, DIA17, DIB0, DIB1,
        DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12, DIB13, DIB14, DIB15, DIB16, DIB17,
        CLKA, CEA, OCEA, WEA, RSTA, CSA0, CSA1, CSA2, CLKB, CEB, OCEB, WEB, RSTB, CSB0, CSB1, CSB2,
    output logic
        DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12, DOA13, DOA14, DOA15,
        DOA16, DOA17, DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12, DOB13,
        DOB14, DOB15, DOB16, DOB17
);

  localparam bit Wide = DATA_WIDTH_B == 36;
  localparam bit Narrow = DATA_WIDTH_B == 9;
  localparam bit Registered = REGMODE_B == "OUTREG";
  if (DATA_WIDTH_A != DATA_WIDTH_B || (!Wide && !Narrow && DATA_WIDTH_B != 18) || REGMODE_A != REGMODE_B ||
      (!Registered && REGMODE_B != "NOREG") || RESETMODE != "SYNC" || ASYNC_RESET_RELEASE != "SYNC" ||
      WRITEMODE_A != WRITEMODE_B || (GSR != "DISABLED" && GSR != "AUTO") || CSDECODE_A != "0b000" || CSDECODE_B != "0b000" || CLKAMUX != "CLKA" || CLKBMUX != "CLKB") begin : g_check
    $error("DP16KD: this configuration is not modelled");
  end

  logic [13:0] ada, adb;
  logic [17:0] dia, dib, doa, dob;
  assign ada = {
      ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  assign adb = {
      ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  assign dia = {
      DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2,
      DIA1, DIA0};
  assign dib = {
      DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2,
      DIB1, DIB0};
  assign {
      DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2,
      DOA1, DOA0} = doa;
  assign {
      DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2,
      DOB1, DOB0} = dob;

  // ---------------------------------------------------------------- contents: 16 words of 18 bits in 320
  logic [17:0] mem [0:1023];
  localparam logic [64*320-1:0] Initial = {
      INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
      INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
      INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
      INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
      INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
      INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
      INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
      INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00};
  initial begin
    for (int i = 0; i < 1024; i++) mem[i] = Initial[320*(i/16) + 20*(i%16) +: 18];
  end

  // ---------------------------------------------------------------- accesses
  logic write, meet;
  assign write = CEA && WEA;
  assign meet = write && (Wide ? ada[13:5] == adb[13:5] : ada[13:4] == adb[13:4]);

  logic [17:0] lower, upper, lower_q, upper_q, lower2_q, upper2_q;
  assign lower = mem[Wide ? {adb[13:5], 1'b0} : adb[13:4]];
  assign upper = mem[{adb[13:5], 1'b1}];
  always_ff @(posedge CLKB) begin
    if (write) begin
      if (Wide) {mem[{ada[13:5], 1'b1}], mem[{ada[13:5], 1'b0}]} <= {dib, dia};
      else mem[ada[13:4]] <= dia;
    end
    if (RSTB) begin
      {upper_q, lower_q} <= '0;
    end else if (CEB) begin
      lower_q <= meet ? 'x : Narrow ? 18'(lower[9*adb[3] +: 9]) : lower;
      upper_q <= meet ? 'x : upper;
    end
    if (OCEB) {upper2_q, lower2_q} <= {upper_q, lower_q};
  end
  // Narrower words are port B's.
  assign doa = !Wide ? '0 : Registered ? lower2_q : lower_q;
  assign dob = Wide ? (Registered ? upper2_q : upper_q) : (Registered ? lower2_q : lower_q);

  // ---------------------------------------------------------------- limits of the model
  always_ff @(posedge CLKB) begin
    assert (!WEB && !RSTA && {CSA2, CSA1, CSA0, CSB2, CSB1, CSB0} == '0);
    assert (!write || (Wide ? ada[3:0] == '1 : !Narrow && ada[1:0] == '1));
    assert (!Registered || (OCEB && (!Wide || OCEA)));
  end
  logic unused_pins;
  assign unused_pins = &{CLKA, OCEA, ada, adb, dib};

endmodule
