// SPDX-License-Identifier: Apache-2.0
// eosjs 22.1.0, unmodified.
'use strict';

const assert = require('node:assert');
const { JsonRpc, RpcError, Serialize } = require('eosjs');
const { JsSignatureProvider } = require('eosjs/dist/eosjs-jssig');
const chain = require('./chain');
const { test, run, hasMembers } = require('./check');

const rpc = new JsonRpc(chain.url, { fetch });
const { TAPOS } = chain;
let keys, alice, sent;

const transfer = (quantity, memo) => ({ actions: [chain.transfer('alice', 'bob', quantity, memo)] });

/** So many seconds after the head's time, as an expiration. */
const fromHead = (info, seconds) =>
  new Date(Date.parse(`${info.head_block_time}Z`) + seconds * 1000).toISOString().slice(0, 19);

/* The status of HTTP by the error's name, as the family's nodes have it; 500 for all others. */
const STATUS = { unsatisfied_authorization: 401, tx_duplicate: 409 };

/** The node refuses with this error of the family's, one of whose details matches. */
async function refused(promise, name, code, detail) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof RpcError, String(error.stack));
    assert.strictEqual(error.json.error.name, name);
    assert.strictEqual(error.json.error.code, code);
    assert.strictEqual(error.json.code, STATUS[name] || 500);
    assert.match(error.json.error.details.map((one) => one.message).join('\n'), detail);
    assert.match(error.message, detail); // what an application shows
    return true;
  });
}

test('eosjs: get_info', async () => {
  const info = await rpc.get_info();
  assert.match(info.chain_id, /^[0-9a-f]{64}$/);
  assert.strictEqual(Serialize.blockTimestampToDate(Serialize.dateToBlockTimestamp(info.head_block_time)),
    info.head_block_time);
});

test('eosjs: accounts and tokens can be made', async () => {
  keys = await chain.makeAccounts('alice', 'bob', 'carol');
  alice = chain.apiWith([keys.alice.secret]);
});

test('eosjs: a transfer goes through push_transaction', async () => {
  sent = await alice.transact(transfer('1.5000 SYS', 'for the coffee'), TAPOS);
  assert.strictEqual(sent.processed.receipt.status, 'executed');
  assert.strictEqual(sent.processed.id, sent.transaction_id);
  const [trace] = sent.processed.action_traces;
  assert.deepStrictEqual(trace.act.data, { from: 'alice', to: 'bob', quantity: '1.5000 SYS', memo: 'for the coffee' });
  assert.deepStrictEqual(await rpc.get_currency_balance('eosio.token', 'bob', 'SYS'), ['101.5000 SYS']);
  assert.deepStrictEqual(await rpc.get_currency_balance('eosio.token', 'alice'), ['98.5000 SYS']);
});

test('eosjs: sender and receiver are notified', () => {
  const [trace] = sent.processed.action_traces; // push_transaction nests them
  assert.deepStrictEqual([trace, ...trace.inline_traces].map((one) => one.receiver), ['eosio.token', 'alice', 'bob']);
});

test('eosjs: TAPOS from the last irreversible block', async () => {
  const done = await alice.transact(transfer('0.0001 SYS', 'irreversible'),
    { useLastIrreversible: true, expireSeconds: 600 });
  assert.strictEqual(done.processed.receipt.status, 'executed');
});

test('eosjs: a compressed transaction', async () => {
  const done = await alice.transact(transfer('0.0001 SYS', 'z'.repeat(200)), { ...TAPOS, compression: true });
  assert.strictEqual(done.processed.receipt.status, 'executed');
});

test('eosjs: send_transaction', async () => {
  const signed = await alice.transact(transfer('0.0001 SYS', 'sent'), { ...TAPOS, broadcast: false });
  const done = await rpc.send_transaction(signed);
  assert.strictEqual(done.processed.receipt.status, 'executed');
  await refused(rpc.push_transaction(signed), 'tx_duplicate', 3040008, /duplicate transaction/i);
});

test('eosjs: push_transactions answers for each', async () => {
  const good = await alice.transact(transfer('0.0001 SYS', 'one of two'), { ...TAPOS, broadcast: false });
  const bad = await alice.transact(transfer('5000.0000 SYS', 'two of two'), { ...TAPOS, broadcast: false });
  const answers = await rpc.push_transactions([good, bad]);
  assert.strictEqual(answers.length, 2);
  assert.strictEqual(answers[0].processed.receipt.status, 'executed');
  assert.match(JSON.stringify(answers[1]), /overdrawn balance/);
});

test('eosjs: two actions, two signers, in one transaction', async () => {
  const both = chain.apiWith([keys.alice.secret, keys.bob.secret]);
  await both.transact({ actions: [chain.transfer('alice', 'bob', '2.0000 SYS', 'swap'),
    chain.transfer('bob', 'alice', '1.0000 SYS', 'swap')] }, TAPOS);
  const answer = await alice.transact({ actions: [chain.transfer('alice', 'bob', '0.0001 SYS', 'a'),
    chain.transfer('alice', 'carol', '0.0001 SYS', 'b')] }, TAPOS);
  assert.strictEqual(answer.processed.action_traces.filter((one) => one.receiver === 'eosio.token').length, 2);
});

test('eosjs: all or nothing', async () => {
  const before = await rpc.get_currency_balance('eosio.token', 'carol', 'SYS');
  await refused(alice.transact({ actions: [chain.transfer('alice', 'carol', '1.0000 SYS', 'x'),
    chain.transfer('alice', 'carol', '5000.0000 SYS', 'y')] }, TAPOS), 'eosio_assert_message_exception', 3050003,
  /overdrawn/);
  assert.deepStrictEqual(await rpc.get_currency_balance('eosio.token', 'carol', 'SYS'), before);
});

test('eosjs: the contract builder (api.with)', async () => {
  await alice.getAbi('eosio.token'); // the builder takes it from the cache
  await alice.buildTransaction(async (builder) => {
    builder.with('eosio.token').as('alice').transfer('alice', 'bob', '0.0001 SYS', 'built');
    const done = await builder.send(TAPOS);
    assert.strictEqual(done.processed.receipt.status, 'executed');
  });
});

test('eosjs: too much', () => refused(alice.transact(transfer('5000.0000 SYS'), TAPOS),
  'eosio_assert_message_exception', 3050003, /overdrawn balance/));

test('eosjs: another precision', () => refused(alice.transact(transfer('1.00 SYS'), TAPOS),
  'eosio_assert_message_exception', 3050003, /symbol precision mismatch/));

test('eosjs: nobody there', () => refused(
  alice.transact({ actions: [chain.transfer('alice', 'nobody', '1.0000 SYS')] }, TAPOS),
  'eosio_assert_message_exception', 3050003, /to account does not exist/));

test('eosjs: an expired transaction', async () => {
  const info = await rpc.get_info();
  await refused(alice.transact({ ...transfer('1.0000 SYS'), expiration: fromHead(info, -60),
    ref_block_num: info.last_irreversible_block_num & 0xffff,
    ref_block_prefix: Buffer.from(info.last_irreversible_block_id, 'hex').readUInt32LE(8) }),
  'expired_tx_exception', 3040005, /expired/i);
});

test('eosjs: an expiration far ahead', () => refused(
  alice.transact(transfer('1.0000 SYS'), { blocksBehind: 3, expireSeconds: 90000 }),
  'tx_exp_too_far_exception', 3040006, /expires at/));

test('eosjs: a reference to another fork', async () => {
  const info = await rpc.get_info();
  await refused(alice.transact({ ...transfer('1.0000 SYS'), expiration: fromHead(info, 600),
    ref_block_num: info.last_irreversible_block_num & 0xffff, ref_block_prefix: 12345 }),
  'invalid_ref_block_exception', 3040007, /reference block/i);
});

test('eosjs: a key that has no say', async () => {
  const stranger = chain.newKey();
  const api = chain.apiWith([stranger.secret]);
  await refused(api.transact(transfer('1.0000 SYS'), TAPOS), 'unsatisfied_authorization', 3090003, /alice/);
  await refused(api.transact(transfer('1.0000 SYS'), { ...TAPOS, requiredKeys: [stranger.key] }),
    'unsatisfied_authorization', 3090003, /alice/);
});

test('eosjs: one key too many', () => refused(
  chain.apiWith([keys.alice.secret, keys.bob.secret]).transact(transfer('1.0000 SYS'), { ...TAPOS,
    requiredKeys: [keys.alice.key, keys.bob.key] }), 'tx_irrelevant_sig', 3090002, /irrelevant signatures/));

test('eosjs: no action', () => assert.rejects(alice.transact({ actions: [] }, TAPOS), RpcError));

test('eosjs: an account twice', () => refused(chain.rule(chain.newaccount('alice', keys.alice.key)),
  'account_name_exists_exception', 3050001, /alice/));

test('eosjs: an action that the contract does not have', () => assert.rejects(
  alice.transact({ actions: [chain.action('eosio.token', 'nonsense', 'alice', {})] }, TAPOS),
  /Unknown action nonsense/));

test('eosjs: required keys', async () => {
  const other = chain.newKey();
  const transaction = { ...transfer('1.0000 SYS'), expiration: '2035-01-01T00:00:00', ref_block_num: 0,
    ref_block_prefix: 0 };
  transaction.actions = await alice.serializeActions(transaction.actions);
  assert.deepStrictEqual(await rpc.getRequiredKeys({ transaction, availableKeys: [other.key, keys.alice.key] }),
    [keys.alice.key]);
});

test('eosjs: permissions can be changed and used', async () => {
  const owner = chain.apiWith([keys.alice.secret]);
  const pay = chain.newKey();
  await owner.transact({ actions: [
    chain.action('eosio', 'updateauth', 'alice', { account: 'alice', permission: 'pay', parent: 'active',
      auth: chain.authorityOf(pay.key) }),
    chain.action('eosio', 'linkauth', 'alice', { account: 'alice', code: 'eosio.token', type: 'transfer',
      requirement: 'pay' })] }, TAPOS);
  const payer = chain.apiWith([pay.secret]);
  const action = chain.action('eosio.token', 'transfer', 'alice', { from: 'alice', to: 'bob', quantity: '0.0001 SYS',
    memo: 'by permission' }, 'pay');
  await payer.transact({ actions: [action] }, TAPOS);
  await refused(payer.transact({ actions: [chain.action('eosio', 'updateauth', 'alice', { account: 'alice',
    permission: 'active', parent: 'owner', auth: chain.authorityOf(pay.key) }, 'pay')] }, TAPOS),
  'irrelevant_auth_exception', 3090005, /irrelevant/);
  const account = await rpc.get_account('alice');
  assert.ok(account.permissions.some((one) => one.perm_name === 'pay' && one.parent === 'active'));
  await owner.transact({ actions: [
    chain.action('eosio', 'unlinkauth', 'alice', { account: 'alice', code: 'eosio.token', type: 'transfer' }),
    chain.action('eosio', 'deleteauth', 'alice', { account: 'alice', permission: 'pay' })] }, TAPOS);
});

test('eosjs: get_account', async () => {
  const account = await rpc.get_account('alice');
  hasMembers(account, { account_name: 'string', created: 'string', privileged: 'boolean', permissions: 'array',
    ram_usage: 'number', net_limit: 'object', cpu_limit: 'object' });
  assert.deepStrictEqual(account.permissions.map((one) => one.perm_name).sort(), ['active', 'owner']);
  assert.deepStrictEqual(account.permissions[0].required_auth.keys.map((one) => one.key), [keys.alice.legacy]);
  await assert.rejects(rpc.get_account('nobody'), RpcError);
});

test('eosjs: rows of tables', async () => {
  const found = await rpc.get_table_rows({ code: 'eosio.token', scope: 'SYS', table: 'stat' });
  assert.deepStrictEqual(found.rows, [{ supply: chain.SUPPLY, max_supply: chain.SUPPLY, issuer: 'eosio' }]);
  assert.strictEqual(found.more, false);
  const binary = await rpc.get_table_rows({ json: false, code: 'eosio.token', scope: 'carol', table: 'accounts' });
  assert.match(binary.rows[0], /^[0-9a-f]{32}$/);
  const payer = await rpc.get_table_rows({ code: 'eosio.token', scope: 'carol', table: 'accounts', show_payer: true });
  assert.match(payer.rows[0].data.balance, /SYS$/);
  assert.strictEqual(typeof payer.rows[0].payer, 'string');
  const none = await rpc.get_table_rows({ code: 'eosio.token', scope: 'nobody', table: 'accounts' });
  assert.deepStrictEqual(none.rows, []);
  const scopes = await rpc.get_table_by_scope({ code: 'eosio.token', table: 'accounts' });
  assert.ok(scopes.rows.some((row) => row.scope === 'alice' && row.table === 'accounts' && row.count === 1));
  await assert.rejects(rpc.get_table_rows({ code: 'eosio.token', scope: 'x', table: 'nonsense' }), RpcError);
});

test('eosjs: currency statistics', async () => {
  assert.deepStrictEqual(await rpc.get_currency_stats('eosio.token', 'SYS'),
    { SYS: { supply: chain.SUPPLY, max_supply: chain.SUPPLY, issuer: 'eosio' } });
  assert.deepStrictEqual(await rpc.get_currency_stats('eosio.token', 'NONE'), {});
  assert.deepStrictEqual(await rpc.get_currency_balance('eosio.token', 'alice', 'NONE'), []);
});

test('eosjs: blocks', async () => {
  const height = sent.processed.block_num;
  await chain.reach(height + 1);
  const block = await rpc.get_block(height);
  assert.strictEqual(block.block_num, height);
  const receipt = block.transactions.find((one) => one.trx.id === sent.transaction_id);
  assert.strictEqual(receipt.status, 'executed');
  assert.strictEqual(receipt.trx.transaction.actions[0].data.memo, 'for the coffee');
  assert.deepStrictEqual(await rpc.get_block(block.id), block);
  const info = await rpc.get_block_info(height);
  assert.strictEqual(info.id, block.id);
  assert.strictEqual(info.ref_block_prefix, block.ref_block_prefix);
  assert.strictEqual(Buffer.from(block.id, 'hex').readUInt32LE(8), block.ref_block_prefix);
  assert.strictEqual((await rpc.get_block(height + 1)).previous, block.id);
  await assert.rejects(rpc.get_block(4000000000), RpcError);
});

test('eosjs: a transaction by its id', async () => {
  const found = await rpc.history_get_transaction(sent.transaction_id);
  assert.strictEqual(found.id, sent.transaction_id);
  assert.strictEqual(found.block_num, sent.processed.block_num);
});

test('eosjs: ABIs and code', async () => {
  const { abi } = await rpc.get_abi('eosio.token');
  assert.ok(abi.actions.some((one) => one.name === 'transfer'));
  const raw = await rpc.getRawAbi('eosio.token');
  assert.deepStrictEqual(alice.rawAbiToJson(raw.abi).actions, abi.actions);
  const args = { from: 'alice', to: 'bob', quantity: '1.0000 SYS', memo: 'm' };
  const { binargs } = await rpc.abi_json_to_bin('eosio.token', 'transfer', args);
  assert.deepStrictEqual((await rpc.abi_bin_to_json('eosio.token', 'transfer', binargs)).args, args);
  const local = await alice.serializeActions([chain.transfer('alice', 'bob', '1.0000 SYS', 'm')]);
  assert.strictEqual(binargs, local[0].data.toLowerCase());
  hasMembers(await rpc.get_code('eosio.token'), { account_name: 'string', code_hash: 'string', abi: 'object' });
  hasMembers(await rpc.get_code_hash('eosio.token'), { account_name: 'string', code_hash: 'string' });
  hasMembers(await rpc.get_raw_code_and_abi('eosio.token'), { account_name: 'string', wasm: 'string', abi: 'string' });
});

test('eosjs: a contract\'s ABI can be set and read back', async () => {
  const { abi } = await rpc.get_abi('eosio.token');
  const buffer = new Serialize.SerialBuffer({ textEncoder: new TextEncoder(), textDecoder: new TextDecoder() });
  const definition = alice.abiTypes.get('abi_def');
  const full = { version: 'eosio::abi/1.1', types: [], structs: [], actions: [], tables: [], ricardian_clauses: [],
    error_messages: [], abi_extensions: [], variants: [], action_results: [], kv_tables: {}, ...abi };
  definition.serialize(buffer, full);
  await alice.transact({ actions: [chain.action('eosio', 'setabi', 'alice', { account: 'alice',
    abi: Serialize.arrayToHex(buffer.asUint8Array()) })] }, TAPOS);
  assert.deepStrictEqual((await rpc.get_abi('alice')).abi.structs, abi.structs);
});

test('eosjs: everything else that it can ask', async () => {
  hasMembers(await rpc.get_producers(), { rows: 'array', total_producer_vote_weight: 'string', more: 'string' });
  hasMembers(await rpc.get_producer_schedule(), { active: 'object' });
  hasMembers(await rpc.get_scheduled_transactions(), { transactions: 'array', more: 'string' });
  hasMembers(await rpc.get_activated_protocol_features({}), { activated_protocol_features: 'array' });
  const found = await rpc.get_accounts_by_authorizers([], [keys.bob.key]);
  assert.ok(found.accounts.some((one) => one.account_name === 'bob' && one.permission_name === 'active'));
  const trace = await rpc.trace_get_block(sent.processed.block_num);
  assert.strictEqual(trace.number, sent.processed.block_num);
  await assert.rejects(rpc.fetch('/v1/chain/nonsense', {}), RpcError);
});

test('eosjs: what it does not sign for', async () => {
  const provider = new JsSignatureProvider([keys.alice.secret]);
  assert.deepStrictEqual(await provider.getAvailableKeys(), [keys.alice.key]);
});

run();
