// SPDX-License-Identifier: Apache-2.0
// Makes antelope.json: what the family's own libraries make of the same keys, transactions and ABI values.
// usage: NODE_PATH=.../node_modules node antelope.js >antelope.json   (eosjs 22.1.0, @wharfkit/antelope 1.2.0)
'use strict';
const crypto = require('crypto');
const zlib = require('zlib');
const { Api, JsonRpc, Numeric, Serialize } = require('eosjs');
const { PrivateKey } = require('eosjs/dist/eosjs-key-conversions');
const wharf = require('@wharfkit/antelope');

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();
const unhex = (text) => Buffer.from(text, 'hex');

// ---------------------------------------------------------------- keys and signatures
const secrets = [
  'd2653ff7cbb2d8ff129ac27ef5781ce68b2558c41a74af1f2ddca635cbeef07d',
  '01'.padStart(64, '0'),
  'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140', // n - 1
  ...[1, 2, 3, 4, 5].map((i) => hex(sha256(Buffer.from(`secret ${i}`)))),
];
const privateKey = (secret) =>
  new PrivateKey(
    { type: Numeric.KeyType.k1, data: unhex(secret) },
    require('eosjs/dist/eosjs-key-conversions').constructElliptic(Numeric.KeyType.k1),
  );
const keys = secrets.map((secret) => {
  const key = privateKey(secret);
  return {
    secret,
    wif: key.toLegacyString(),
    private: key.toString(),
    legacy: key.getPublicKey().toLegacyString(),
    public: key.getPublicKey().toString(),
    bytes: hex(key.getPublicKey().key.data),
  };
});
const signatures = [];
secrets.forEach((secret, i) => {
  for (let j = 0; j < 3; j++) {
    const digest = sha256(Buffer.from(`digest ${i} ${j}`));
    const signature = privateKey(secret).sign(digest, false);
    signatures.push({
      key: i,
      digest: hex(digest),
      text: signature.toString(),
      bytes: hex(signature.toBinary()),
    });
  }
});

// ---------------------------------------------------------------- names, symbols, assets
const serialized = (method, value) => {
  const buffer = new Serialize.SerialBuffer();
  buffer[method](value);
  return hex(buffer.asUint8Array());
};
const names = [
  '',
  'a',
  'eosio',
  'eosio.token',
  'a.b.c',
  '12345abcdefg',
  'zzzzzzzzzzzzj',
  '.a',
  'active',
  'z5',
  '1111111111111',
].map((text) => ({ text, packed: serialized('pushName', text) }));
const assets = [
  '0 A',
  '1.0000 SYS',
  '-1.0000 SYS',
  '0.000000000000000001 ABCDEFG',
  '-0.01 EUR',
  '4611686018427387903 BIG',
  '-4611686018427387903 BIG',
  '4.611686018427387903 BIG',
  '12345678.9 X',
].map((text) => ({ text, packed: serialized('pushAsset', text) }));

// ---------------------------------------------------------------- an ABI with everything
const field = (name, type) => ({ name, type });
const builtIn = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'int128',
  'uint128',
  'varint32',
  'varuint32',
  'float32',
  'float64',
  'float128',
  'time_point',
  'time_point_sec',
  'block_timestamp_type',
  'name',
  'bytes',
  'string',
  'checksum160',
  'checksum256',
  'checksum512',
  'public_key',
  'signature',
  'symbol',
  'symbol_code',
  'asset',
  'extended_asset',
];
const abi = {
  version: 'eosio::abi/1.2',
  types: [
    { new_type_name: 'account_name', type: 'name' },
    { new_type_name: 'names', type: 'account_name[]' },
    { new_type_name: 'number', type: 'int_or_text' },
  ],
  structs: [
    {
      name: 'transfer',
      base: '',
      fields: [
        field('from', 'account_name'),
        field('to', 'name'),
        field('quantity', 'asset'),
        field('memo', 'string'),
      ],
    },
    { name: 'base', base: '', fields: [field('id', 'uint64')] },
    { name: 'derived', base: 'base', fields: [field('more', 'uint8[]'), field('maybe', 'string?')] },
    { name: 'tree', base: '', fields: [field('value', 'varuint32'), field('children', 'tree[]')] },
    {
      name: 'extended',
      base: 'base',
      fields: [field('a', 'uint8'), field('b', 'uint16$'), field('c', 'names$')],
    },
    { name: 'all', base: '', fields: builtIn.map((type) => field(`f_${type}`, type)) },
    {
      name: 'holder',
      base: '',
      fields: [field('first', 'number'), field('list', 'number[]'), field('pair', 'derived?')],
    },
    { name: 'row', base: '', fields: [field('balance', 'asset')] },
  ],
  actions: [
    { name: 'transfer', type: 'transfer', ricardian_contract: 'Pay.' },
    { name: 'all', type: 'all', ricardian_contract: '' },
    { name: 'grow', type: 'tree', ricardian_contract: '' },
  ],
  tables: [
    { name: 'accounts', index_type: 'i64', key_names: ['balance'], key_types: ['asset'], type: 'row' },
  ],
  ricardian_clauses: [{ id: 'one', body: 'Be good.' }],
  error_messages: [{ error_code: '7', error_msg: 'seven' }],
  abi_extensions: [],
  variants: [{ name: 'int_or_text', types: ['int32', 'string', 'derived'] }],
  action_results: [{ name: 'transfer', result_type: 'uint64' }],
  kv_tables: {},
};
const types = Serialize.getTypesFromAbi(Serialize.createInitialTypes(), abi);
const api = new Api({
  rpc: new JsonRpc('', {}),
  signatureProvider: {},
  textDecoder: new TextDecoder(),
  textEncoder: new TextEncoder(),
});
const abiTypes = Serialize.getTypesFromAbi(Serialize.createAbiTypes());
const pack = (type, value, from = types) => {
  const buffer = new Serialize.SerialBuffer({
    textEncoder: new TextEncoder(),
    textDecoder: new TextDecoder(),
  });
  Serialize.getType(from, type).serialize(buffer, value);
  return hex(buffer.asUint8Array());
};
const packedAbi = pack('abi_def', abi, abiTypes);
const key = keys[0].public,
  signature = signatures[0].text;
const all = {
  f_bool: true,
  f_int8: -128,
  f_uint8: 255,
  f_int16: -32768,
  f_uint16: 65535,
  f_int32: -2147483648,
  f_uint32: 4294967295,
  f_int64: '-9223372036854775808',
  f_uint64: '18446744073709551615',
  f_int128: '-170141183460469231731687303715884105728',
  f_uint128: '340282366920938463463374607431768211455',
  f_varint32: -2147483648,
  f_varuint32: 4294967295,
  f_float32: 0.5,
  f_float64: -1.25e-7,
  f_float128: '000102030405060708090a0b0c0d0e0f',
  f_time_point: '2021-03-04T05:06:07.089',
  f_time_point_sec: '2106-02-07T06:28:15.000',
  f_block_timestamp_type: '2020-01-01T00:00:00.500',
  f_name: 'eosio.token',
  f_bytes: '00ff10',
  f_string: 'häß "\\',
  f_checksum160: '11'.repeat(20),
  f_checksum256: '22'.repeat(32),
  f_checksum512: '33'.repeat(64),
  f_public_key: key,
  f_signature: signature,
  f_symbol: '4,SYS',
  f_symbol_code: 'SYS',
  f_asset: '-1.2345 SYS',
  f_extended_asset: { quantity: '7.00 EUR', contract: 'bank' },
};
const values = [
  ['transfer', { from: 'alice', to: 'bob', quantity: '1.0000 SYS', memo: 'for lunch' }],
  ['derived', { id: '18446744073709551615', more: [1, 2, 3], maybe: 'x' }],
  ['derived', { id: 0, more: [], maybe: null }],
  [
    'tree',
    {
      value: 1,
      children: [
        { value: 300, children: [] },
        { value: 3, children: [{ value: 4, children: [] }] },
      ],
    },
  ],
  ['extended', { id: 5, a: 1 }],
  ['extended', { id: 5, a: 1, b: 2 }],
  ['extended', { id: 5, a: 1, b: 2, c: ['a', 'b'] }],
  [
    'holder',
    {
      first: ['int32', -5],
      list: [
        ['string', 'hi'],
        ['derived', { id: 1, more: [9], maybe: null }],
      ],
      pair: { id: 2, more: [], maybe: '' },
    },
  ],
  ['names', ['a', 'zzzzzzzzzzzzj']],
  ['uint8?', null],
  ['uint8?', 7],
  ['number', ['string', '']],
  ['all', all],
  ...builtIn.map((type) => [type, all[`f_${type}`]]),
  ['int8', 127],
  ['int64', 5],
  ['uint64', 4294967296],
  ['int128', '-1'],
  ['uint128', '0'],
  ['varint32', 2147483647],
  ['varint32', -1],
  ['varuint32', 127],
  ['varuint32', 128],
  ['float32', -3.4028234663852886e38],
  ['float64', 1e300],
  ['float64', 0.1],
  ['bool', false],
  ['time_point', '1970-01-01T00:00:00.000'],
  ['time_point_sec', '2020-02-29T23:59:59.000'],
  ['block_timestamp_type', '2000-01-01T00:00:00.000'],
  ['string', ''],
  ['bytes', ''],
  ['asset', '0 A'],
  ['public_key', keys[1].legacy],
].map(([type, value]) => ({ type, value, packed: pack(type, value) }));

// ---------------------------------------------------------------- transactions
const chainId = '8a34ec7df1b8cd06ff4a8abbaa7cc50300823350cadc59ab296cb00d104d2b8f';
const transfer = (memo) => ({
  account: 'eosio.token',
  name: 'transfer',
  authorization: [{ actor: 'alice', permission: 'active' }],
  data: pack('transfer', { from: 'alice', to: 'bob', quantity: '1.0000 SYS', memo }),
});
const transactions = [
  {
    expiration: '2020-01-01T00:00:00',
    ref_block_num: 0xabcd,
    ref_block_prefix: 0xdeadbeef,
    actions: [transfer('one')],
  },
  {
    expiration: '2106-02-07T06:28:15',
    ref_block_num: 65535,
    ref_block_prefix: 4294967295,
    max_net_usage_words: 300,
    max_cpu_usage_ms: 255,
    delay_sec: 70000,
    actions: [
      transfer(''),
      transfer('x'.repeat(200)),
      { account: 'nobody', name: 'nothing', authorization: [], data: '' },
      {
        account: 'a',
        name: 'b',
        authorization: [
          { actor: 'c', permission: 'd' },
          { actor: 'e', permission: 'f' },
        ],
        data: 'ff00',
      },
    ],
  },
].map((transaction) => {
  const packed = api.serializeTransaction({
    max_net_usage_words: 0,
    max_cpu_usage_ms: 0,
    delay_sec: 0,
    context_free_actions: [],
    transaction_extensions: [],
    ...transaction,
  });
  const digest = sha256(unhex(chainId), packed, Buffer.alloc(32));
  const made = privateKey(secrets[0]).sign(digest, false).toString();
  const signed = wharf.PackedTransaction.fromSigned(
    wharf.SignedTransaction.from({
      ...wharf.Serializer.decode({ data: packed, type: wharf.Transaction }),
      signatures: [made],
    }),
  );
  return {
    json: transaction,
    packed: hex(packed),
    id: hex(sha256(packed)),
    chain_id: chainId,
    digest: hex(digest),
    signature: made,
    zipped: hex(zlib.deflateSync(packed, { level: 9 })),
    wharf_packed_trx: signed.packed_trx.hexString,
    wharf_packed_context_free_data: signed.packed_context_free_data.hexString,
    wharf_written: wharf.Serializer.encode({ object: signed, type: wharf.PackedTransaction }).hexString,
  };
});

process.stdout.write(
  `${JSON.stringify({ keys, signatures, names, assets, abi, packed_abi: packedAbi, values, transactions }, null, 1)}\n`,
);
