// SPDX-License-Identifier: Apache-2.0
// The calls of cleos, in its order and with its bodies (programs/cleos/main.cpp of AntelopeIO/leap), and of the answers
// what it reads, field by field. What keosd does, eosjs does here: it holds the keys and signs.
'use strict';

const assert = require('node:assert');
const { Api, JsonRpc, Serialize } = require('eosjs');
const { JsSignatureProvider } = require('eosjs/dist/eosjs-jssig');
const chain = require('./chain');
const { CleosHttp, CleosError } = require('./cleos_http');
const { test, run, hasMembers } = require('./check');

const CHAIN = '/v1/chain/';
const NAME = /^[.1-5a-z]{0,12}[.1-5a-j]?$/;
const HASH = /^[0-9a-f]{64}$/;
/* fc::time_point reads this, and block_timestamp. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?$/;
/* fc writes 64-bit numbers beyond 32 bits as texts, and reads both. */
const isNumber = (value) => Number.isSafeInteger(typeof value === 'string' ? Number(value) : value);

let cleos, keosd, packer, keys, done;

// ---------------------------------------------------------------- parts of cleos

/** get_info(), as<get_info_results>(). */
async function getInfo() {
  const info = await cleos.call(`${CHAIN}get_info`);
  hasMembers(info, { server_version: 'string', chain_id: 'string', head_block_num: 'number',
    last_irreversible_block_num: 'number', last_irreversible_block_id: 'string', head_block_id: 'string',
    head_block_time: 'string', head_block_producer: 'string' });
  for (const name of ['chain_id', 'last_irreversible_block_id', 'head_block_id']) assert.match(info[name], HASH);
  for (const name of ['virtual_block_cpu_limit', 'virtual_block_net_limit', 'block_cpu_limit', 'block_net_limit'])
    assert.ok(isNumber(info[name]), name);
  assert.match(info.head_block_time, TIME);
  assert.match(info.head_block_producer, NAME);
  return info;
}

/** abi_serializer_resolver: the blob is Base64 in the raw form. */
async function resolveAbi(account) {
  const answer = await cleos.call(`${CHAIN}get_raw_abi`, { account_name: account });
  hasMembers(answer, { account_name: 'string', code_hash: 'string', abi_hash: 'string', abi: 'string' });
  const blob = Buffer.from(answer.abi, 'base64');
  return blob.length === 0 ? null : packer.rawAbiToJson(blob);
}

/** variant_to_bin. */
async function pack(account, name, data) {
  const abi = await resolveAbi(account);
  const types = Serialize.getTypesFromAbi(Serialize.createInitialTypes(), abi);
  const buffer = new Serialize.SerialBuffer({ textEncoder: new TextEncoder(), textDecoder: new TextDecoder() });
  types.get(abi.actions.find((one) => one.name === name).type).serialize(buffer, data);
  return Serialize.arrayToHex(buffer.asUint8Array());
}

/** to_asset: asks the token for its precision first. */
async function toAsset(code, text) {
  const symbol = text.split(' ')[1];
  const stats = await cleos.call(`${CHAIN}get_currency_stats`, { json: false, code, symbol });
  assert.ok(symbol in stats);
  hasMembers(stats[symbol], { supply: 'string', max_supply: 'string', issuer: 'string' });
  const decimals = stats[symbol].max_supply.split(' ')[0].split('.')[1].length;
  const [whole, fraction = ''] = text.split(' ')[0].split('.');
  return `${whole}.${fraction.padEnd(decimals, '0')} ${symbol}`;
}

/** push_transaction with `send` of 'send_transaction2', 'send_transaction' (--use-old-send-rpc) and 'push_transaction'
 * (--use-old-rpc); `actions` are packed. */
async function push(actions, { send = 'send_transaction2', signer = keosd, expiration_s = 600, options = {} } = {}) {
  const info = await getInfo();
  const transaction = {
    expiration: new Date(Date.parse(`${info.head_block_time}Z`) + expiration_s * 1000).toISOString().slice(0, 19),
    ref_block_num: parseInt(info.last_irreversible_block_id.slice(0, 8), 16) & 0xffff,
    ref_block_prefix: Buffer.from(info.last_irreversible_block_id, 'hex').readUInt32LE(8),
    max_net_usage_words: 0, max_cpu_usage_ms: 0, delay_sec: 0, context_free_actions: [], actions,
    transaction_extensions: [],
  };
  const available = await signer.getAvailableKeys(); // keosd's get_public_keys
  const required = await cleos.call(`${CHAIN}get_required_keys`, { transaction, available_keys: available });
  hasMembers(required, { required_keys: 'array' });
  const serialized = packer.serializeTransaction(transaction);
  const { signatures } = await signer.sign({ chainId: info.chain_id, requiredKeys: required.required_keys,
    serializedTransaction: serialized, abis: [] });
  const packed = { signatures, compression: 'none', packed_context_free_data: '',
    packed_trx: Serialize.arrayToHex(serialized).toLowerCase() };
  if (options.zlib) {
    packed.compression = 'zlib';
    packed.packed_context_free_data = require('node:zlib').deflateSync(Buffer.from([0])).toString('hex');
    packed.packed_trx = require('node:zlib').deflateSync(serialized, { level: 9 }).toString('hex');
  }
  const body = send === 'send_transaction2'
    ? { return_failure_trace: true, retry_trx: false, ...options.extra, transaction: packed } : packed;
  return cleos.call(`${CHAIN}${send}`, body);
}

/** print_result: what it reads of an answer that it calls executed. */
function printed(answer) {
  hasMembers(answer, { transaction_id: 'string', processed: 'object' });
  const { processed } = answer;
  assert.match(processed.id, HASH);
  assert.strictEqual(processed.id, answer.transaction_id);
  assert.ok(!(processed.except && typeof processed.except === 'object'), JSON.stringify(processed.except));
  hasMembers(processed.receipt, { status: 'string', net_usage_words: 'number', cpu_usage_us: 'number' });
  const print = (trace) => {
    hasMembers(trace, { receiver: 'string', act: 'object', console: 'string' });
    hasMembers(trace.act, { account: 'string', name: 'string' });
    assert.ok('data' in trace.act);
    return [[trace.receiver, `${trace.act.account}::${trace.act.name}`], ...(trace.inline_traces || []).flatMap(print)];
  };
  return { status: processed.receipt.status, lines: processed.action_traces.flatMap(print) };
}

async function refused(promise, name, code, detail) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CleosError, String(error.stack));
    assert.deepStrictEqual([error.name, error.code], [name, code]);
    assert.match(error.message, detail);
    return true;
  });
}

const permission = (actor, name = 'active') => [{ actor, permission: name }];

// ---------------------------------------------------------------- its commands

async function createAccount(creator, name, key, more) {
  const abi = require('./newaccount').pack(creator, name, key); // cleos knows the form of newaccount by itself
  return push([{ account: 'eosio', name: 'newaccount', authorization: permission(creator), data: abi }], more);
}

async function transfer(from, to, quantity, memo, more) {
  const data = { from, to, quantity: await toAsset('eosio.token', quantity), memo };
  return push([{ account: 'eosio.token', name: 'transfer', authorization: permission(from),
    data: await pack('eosio.token', 'transfer', data) }], more);
}

test('cleos: somebody to begin with', async () => {
  cleos = new CleosHttp(chain.url);
  packer = new Api({ rpc: new JsonRpc(chain.url, { fetch }), signatureProvider: new JsSignatureProvider([]),
    textEncoder: new TextEncoder(), textDecoder: new TextDecoder() });
  keys = await chain.makeAccounts('grace', 'heidi');
  keosd = new JsSignatureProvider([keys.grace.secret, keys.heidi.secret, chain.genesisKey]);
});

test('cleos: create account', async () => {
  cleos.paths = [];
  const answer = await createAccount('eosio', 'ivan', keys.heidi.legacy);
  assert.deepStrictEqual(printed(answer), { status: 'executed', lines: [['eosio', 'eosio::newaccount']] });
  assert.deepStrictEqual(cleos.paths.map((path) => path.slice(CHAIN.length)),
    ['get_info', 'get_required_keys', 'send_transaction2']);
});

for (const send of ['send_transaction2', 'send_transaction', 'push_transaction'])
  test(`cleos: transfer through ${send}`, async () => {
    cleos.paths = [];
    done = await transfer('grace', 'ivan', '1 SYS', send, { send });
    const { status, lines } = printed(done);
    assert.strictEqual(status, 'executed');
    assert.deepStrictEqual(lines, ['eosio.token', 'grace', 'ivan'].map((name) => [name, 'eosio.token::transfer']));
    assert.deepStrictEqual(cleos.paths.map((path) => path.slice(CHAIN.length)),
      ['get_currency_stats', 'get_raw_abi', 'get_info', 'get_required_keys', send]);
    assert.deepStrictEqual(done.processed.action_traces[0].act.data,
      { from: 'grace', to: 'ivan', quantity: '1.0000 SYS', memo: send });
  });

test('cleos: transfer with HTTP/1.0', async () => {
  const before = cleos;
  cleos = new CleosHttp(chain.url, '1.0');
  try {
    assert.strictEqual(printed(await transfer('grace', 'ivan', '0.5 SYS', 'old', { send: 'push_transaction' })).status,
      'executed');
  } finally {
    cleos = before;
  }
});

test('cleos: transfer, compressed', async () => {
  const answer = await transfer('grace', 'ivan', '0.0001 SYS', 'z'.repeat(200), { options: { zlib: true } });
  assert.strictEqual(printed(answer).status, 'executed');
});

test('cleos: transfer of too much, with the failure\'s trace (as it asks for by default)', async () => {
  const { processed } = await transfer('grace', 'ivan', '5000 SYS', 'too much');
  assert.strictEqual(processed.receipt, null);
  // as<fc::exception>
  hasMembers(processed.except, { code: 'number', name: 'string', message: 'string', stack: 'array' });
  assert.strictEqual(processed.except.code, 3050003);
  for (const { context, format, data } of processed.except.stack) {
    hasMembers(context, { level: 'string', file: 'string', line: 'number', method: 'string', hostname: 'string',
      thread_name: 'string', timestamp: 'string' });
    assert.match(context.timestamp, TIME);
    assert.match(format.replace(/\$\{(\w+)\}/g, (_, name) => data[name]), /overdrawn balance/);
  }
});

test('cleos: transfer of too much', () => refused(
  transfer('grace', 'ivan', '5000 SYS', '', { send: 'send_transaction' }),
  'eosio_assert_message_exception', 3050003, /assertion failure with message: overdrawn balance/));

test('cleos: transfer that has expired', () => refused(
  transfer('grace', 'ivan', '1 SYS', 'late', { send: 'send_transaction', expiration_s: -60 }), 'expired_tx_exception',
  3040005, /expired/i));

test('cleos: transfer with somebody else\'s keys', () => refused(
  transfer('grace', 'ivan', '1 SYS', '', { signer: new JsSignatureProvider([keys.heidi.secret]) }),
  'unsatisfied_authorization', 3090003, /grace@active|grace/));

test('cleos: create account that is there', () => refused(
  // Another time than when ivan was made: within the same second it would be the same transaction.
  createAccount('eosio', 'ivan', keys.heidi.legacy, { send: 'send_transaction', expiration_s: 900 }),
  'account_name_exists_exception', 3050001, /ivan/));

test('cleos: push action with a wrong permission', async () => {
  const data = await pack('eosio.token', 'transfer', { from: 'grace', to: 'ivan', quantity: '1.0000 SYS', memo: '' });
  await refused(push([{ account: 'eosio.token', name: 'transfer', authorization: permission('heidi'), data }],
    { send: 'send_transaction' }), 'missing_auth_exception', 3090004, /missing authority of grace/);
});

test('cleos: set abi (compressed, as it does)', async () => {
  await resolveAbi('ivan').catch(() => null); // "continue without duplicate check"
  const raw = await cleos.call(`${CHAIN}get_raw_abi`, { account_name: 'eosio.token' });
  const abi = Buffer.from(raw.abi, 'base64');
  const size = [];
  for (let rest = abi.length; ; rest >>= 7) {
    size.push(rest > 127 ? rest & 127 | 128 : rest);
    if (rest <= 127) break;
  }
  const name = Serialize.arrayToHex(require('./newaccount').nameBytes('ivan'));
  await push([{ account: 'eosio', name: 'setabi', authorization: permission('ivan'),
    data: name + Buffer.from(size).toString('hex') + abi.toString('hex') }], { options: { zlib: true } });
  assert.deepStrictEqual(await resolveAbi('ivan'), await resolveAbi('eosio.token'));
});

// ---------------------------------------------------------------- get ...

test('cleos: get info', getInfo);

test('cleos: get account', async () => {
  const account = await cleos.call(`${CHAIN}get_account`, { account_name: 'ivan' });
  hasMembers(account, { account_name: 'string', head_block_num: 'number', head_block_time: 'string',
    privileged: 'boolean', last_code_update: 'string', created: 'string', net_limit: 'object', cpu_limit: 'object',
    permissions: 'array' });
  for (const name of ['head_block_time', 'last_code_update', 'created']) assert.match(account[name], TIME);
  for (const name of ['ram_quota', 'net_weight', 'cpu_weight', 'ram_usage']) assert.ok(isNumber(account[name]), name);
  for (const limit of [account.net_limit, account.cpu_limit])
    for (const name of ['used', 'available', 'max']) assert.ok(isNumber(limit[name]), name);
  if ('core_liquid_balance' in account) assert.match(account.core_liquid_balance, /^\d+\.\d{4} SYS$/);
  // Not there, or null, or an object: is_object() decides.
  for (const name of ['total_resources', 'self_delegated_bandwidth', 'refund_request', 'voter_info', 'rex_info'])
    assert.ok(!account[name] || typeof account[name] === 'object', name);
  assert.deepStrictEqual(account.permissions.map((one) => [one.perm_name, one.parent]).sort(),
    [['active', 'owner'], ['owner', '']]);
  for (const one of account.permissions) {
    hasMembers(one.required_auth, { threshold: 'number', keys: 'array', accounts: 'array', waits: 'array' });
    assert.deepStrictEqual(one.required_auth.keys, [{ key: keys.heidi.legacy, weight: 1 }]);
  }
  await assert.rejects(cleos.call(`${CHAIN}get_account`, { account_name: 'nobody' }), CleosError);
  await cleos.call(`${CHAIN}get_account`, { account_name: 'ivan', expected_core_symbol: '4,SYS' });
});

test('cleos: get block, by height and by id; --info; --header-state', async () => {
  await chain.reach(done.processed.block_num);
  const height = String(done.processed.block_num); // cleos sends it as a text
  const block = await cleos.call(`${CHAIN}get_block`, { block_num_or_id: height });
  hasMembers(block, { timestamp: 'string', producer: 'string', confirmed: 'number', previous: 'string',
    transaction_mroot: 'string', action_mroot: 'string', schedule_version: 'number', new_producers: '?object',
    producer_signature: 'string', transactions: 'array', id: 'string', block_num: 'number',
    ref_block_prefix: 'number' });
  assert.strictEqual(block.block_num, done.processed.block_num);
  assert.match(block.producer_signature, /^SIG_K1_/);
  assert.match(block.timestamp, TIME);
  const receipt = block.transactions.find((one) => one.trx.id === done.transaction_id);
  hasMembers(receipt, { status: 'string', cpu_usage_us: 'number', net_usage_words: 'number', trx: 'object' });
  hasMembers(receipt.trx, { id: 'string', signatures: 'array', compression: 'string',
    packed_context_free_data: 'string', packed_trx: 'string', transaction: 'object' });
  assert.deepStrictEqual(await cleos.call(`${CHAIN}get_block`, { block_num_or_id: block.id }), block);
  const info = await cleos.call(`${CHAIN}get_block_info`, { block_num: done.processed.block_num });
  for (const name of ['id', 'previous', 'timestamp', 'producer', 'ref_block_prefix', 'block_num'])
    assert.strictEqual(info[name], block[name], name);
  const state = await cleos.call(`${CHAIN}get_block_header_state`, { block_num_or_id: height });
  assert.strictEqual(state.id, block.id);
  assert.strictEqual(state.block_num, block.block_num);
});

test('cleos: get currency balance and stats', async () => {
  assert.deepStrictEqual(await cleos.call(`${CHAIN}get_currency_balance`,
    { account: 'heidi', code: 'eosio.token', symbol: null }), ['100.0000 SYS']);
  assert.deepStrictEqual(await cleos.call(`${CHAIN}get_currency_balance`,
    { account: 'heidi', code: 'eosio.token', symbol: 'SYS' }), ['100.0000 SYS']);
  const stats = await cleos.call(`${CHAIN}get_currency_stats`, { json: false, code: 'eosio.token', symbol: 'SYS' });
  assert.strictEqual(stats.SYS.issuer, 'eosio');
});

test('cleos: get table and scope', async () => {
  const ask = { json: true, code: 'eosio.token', scope: 'heidi', table: 'accounts', table_key: '', lower_bound: '',
    upper_bound: '', limit: 10, key_type: '', index_position: '', encode_type: 'dec', reverse: false,
    show_payer: false };
  assert.deepStrictEqual((await cleos.call(`${CHAIN}get_table_rows`, ask)).rows, [{ balance: '100.0000 SYS' }]);
  const shown = await cleos.call(`${CHAIN}get_table_rows`, { ...ask, show_payer: true, reverse: true });
  assert.deepStrictEqual(shown.rows.map((row) => row.data), [{ balance: '100.0000 SYS' }]);
  const bounded = await cleos.call(`${CHAIN}get_table_rows`, { ...ask, lower_bound: 'SYT', key_type: 'symbol_code' })
    .catch((error) => error);
  assert.ok(bounded instanceof CleosError || bounded.rows.length === 0);
  const scopes = await cleos.call(`${CHAIN}get_table_by_scope`, { code: 'eosio.token', table: 'accounts',
    lower_bound: 'heidi', upper_bound: 'heidi', limit: 10, reverse: false });
  assert.deepStrictEqual(scopes.rows.map((row) => [row.code, row.scope, row.table, row.count]),
    [['eosio.token', 'heidi', 'accounts', 1]]);
  hasMembers(scopes.rows[0], { payer: 'string' });
});

test('cleos: get code and abi', async () => {
  const answer = await cleos.call(`${CHAIN}get_raw_code_and_abi`, { account_name: 'eosio.token' });
  hasMembers(answer, { account_name: 'string', wasm: 'string', abi: 'string' });
  assert.ok((await resolveAbi('eosio.token')).actions.some((one) => one.name === 'transfer'));
  assert.match((await cleos.call(`${CHAIN}get_code_hash`, { account_name: 'eosio.token' })).code_hash, HASH);
});

test('cleos: get transaction, transaction_trace, transaction-status, block_trace', async () => {
  const found = await cleos.call('/v1/history/get_transaction', { id: done.transaction_id });
  assert.strictEqual(found.id, done.transaction_id);
  const trace = await cleos.call('/v1/trace_api/get_transaction_trace', { id: done.transaction_id });
  assert.strictEqual(trace.id, done.transaction_id);
  const status = await cleos.call(`${CHAIN}get_transaction_status`, { id: done.transaction_id });
  assert.match(status.state, /^(LOCALLY_APPLIED|IN_BLOCK|IRREVERSIBLE)$/);
  const block = await cleos.call('/v1/trace_api/get_block', { block_num: String(done.processed.block_num) });
  assert.ok(block.transactions.some((one) => one.id === done.transaction_id));
});

test('cleos: get schedule and producers', async () => {
  const schedule = await cleos.call(`${CHAIN}get_producer_schedule`);
  hasMembers(schedule.active, { version: 'number', producers: 'array' });
  for (const name of ['pending', 'proposed']) assert.ok(name in schedule, name);
  const producers = await cleos.call(`${CHAIN}get_producers`, { json: true, lower_bound: '', limit: 50 });
  hasMembers(producers, { rows: 'array', total_producer_vote_weight: 'string', more: 'string' });
});

test('cleos: an endpoint that is not there is 404', () => assert.rejects(cleos.call(`${CHAIN}nonsense`, {}),
  (error) => error.status === 404));

run();
