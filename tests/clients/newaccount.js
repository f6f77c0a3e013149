// SPDX-License-Identifier: Apache-2.0
// The data of eosio::newaccount as cleos packs them without asking for an ABI: one key a permission.
'use strict';

const { Numeric } = require('eosjs');

const ALPHABET = '.12345abcdefghijklmnopqrstuvwxyz';

/** Eight bytes, little-endian; up to twelve characters. */
function nameBytes(text) {
  let value = 0n;
  for (let place = 0; place < 12; place++)
    value = value << 5n | BigInt(place < text.length ? ALPHABET.indexOf(text[place]) : 0);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value << 4n);
  return bytes;
}

function authority(key) {
  const threshold = Buffer.from([1, 0, 0, 0]), oneKeyOfK1 = Buffer.from([1, 0]);
  const weightAndNothingElse = Buffer.from([1, 0, 0, 0]);
  return Buffer.concat([threshold, oneKeyOfK1, Numeric.stringToPublicKey(key).data, weightAndNothingElse]);
}

/** Hexadecimal. */
function pack(creator, name, key) {
  return Buffer.concat([nameBytes(creator), nameBytes(name), authority(key), authority(key)]).toString('hex');
}

module.exports = { nameBytes, pack };
