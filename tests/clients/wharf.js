// SPDX-License-Identifier: Apache-2.0
// @wharfkit/session 1.7.0, with its private-key wallet and its contract kit, unmodified.
'use strict';

const assert = require('node:assert');
const { APIError, Asset, Name, PrivateKey, Session, Transaction } = require('@wharfkit/session');
const { ContractKit } = require('@wharfkit/contract');
const { WalletPluginPrivateKey } = require('@wharfkit/wallet-plugin-privatekey');
const chain = require('./chain');
const { test, run } = require('./check');

let keys, id, dave, client, result;

function sessionOf(actor, secret, permission = 'active') {
  return new Session({ chain: { id, url: chain.url }, actor, permission,
    walletPlugin: new WalletPluginPrivateKey(PrivateKey.from(secret)) });
}

const transfer = (quantity, memo = '') => ({ action: chain.transfer('dave', 'erin', quantity, memo) });

/** What the session's user sees: the first of the details, and no more. */
const refused = (promise, detail) => assert.rejects(promise, { name: 'Error', message: detail });

/** What its API client says. */
async function refusedByApi(promise, name, code, detail) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof APIError, String(error.stack));
    assert.strictEqual(error.name, name);
    assert.strictEqual(error.code, code);
    assert.match(error.details[0].message, detail);
    return true;
  });
}

test('wharf: a session', async () => {
  keys = await chain.makeAccounts('dave', 'erin', 'frank');
  id = (await (await fetch(`${chain.url}/v1/chain/get_info`)).json()).chain_id;
  dave = sessionOf('dave', keys.dave.secret);
  client = dave.client;
});

test('wharf: a transfer', async () => {
  result = await dave.transact(transfer('2.5000 SYS', 'through Wharf'));
  assert.strictEqual(result.response.processed.receipt.status, 'executed');
  assert.strictEqual(result.response.transaction_id, String(result.resolved.transaction.id));
  const [balance] = await client.v1.chain.get_currency_balance('eosio.token', 'erin', 'SYS');
  assert.ok(balance.equals(Asset.from('102.5000 SYS')));
});

test('wharf: several actions, and an expiration of one\'s own', async () => {
  const done = await dave.transact({ actions: [chain.transfer('dave', 'erin', '0.0001 SYS', 'one'),
    chain.transfer('dave', 'frank', '0.0001 SYS', 'two')] }, { expireSeconds: 90 });
  assert.strictEqual(done.response.processed.receipt.status, 'executed');
});

test('wharf: signed now, pushed later', async () => {
  const signed = await dave.transact(transfer('0.0001 SYS', 'later'), { broadcast: false });
  assert.strictEqual(signed.response, undefined);
  const transaction = { ...signed.resolved.transaction, signatures: signed.signatures };
  const sent = await client.v1.chain.push_transaction(transaction);
  assert.strictEqual(sent.processed.receipt.status, 'executed');
});

test('wharf: send_transaction, send_transaction2, compute_transaction', async () => {
  const sign = async (memo) => {
    const signed = await dave.transact(transfer('0.0001 SYS', memo), { broadcast: false });
    return { ...signed.resolved.transaction, signatures: signed.signatures };
  };
  const { PackedTransaction, SignedTransaction } = require('@wharfkit/session');
  const first = await client.v1.chain.send_transaction(SignedTransaction.from(await sign('s1')));
  assert.strictEqual(first.processed.receipt.status, 'executed');
  const second = await client.v1.chain.send_transaction2(SignedTransaction.from(await sign('s2')));
  assert.strictEqual(second.processed.receipt.status, 'executed');
  const before = await client.v1.chain.get_currency_balance('eosio.token', 'dave');
  const third = await client.v1.chain.compute_transaction(
    PackedTransaction.fromSigned(SignedTransaction.from(await sign('s3')), 0));
  assert.strictEqual(third.processed.receipt.status, 'executed');
  assert.deepStrictEqual(await client.v1.chain.get_currency_balance('eosio.token', 'dave'), before);
});

test('wharf: the same transaction twice', async () => {
  const again = Transaction.from(result.resolved.transaction);
  await refusedByApi(client.v1.chain.push_transaction({ ...again, signatures: result.signatures }), 'tx_duplicate',
    3040008, /duplicate/i);
});

test('wharf: too much', async () => {
  await refused(dave.transact(transfer('5000.0000 SYS')), /^assertion failure with message: overdrawn balance$/);
  const signed = await dave.transact(transfer('5000.0000 SYS', 'api'), { broadcast: false });
  const transaction = { ...signed.resolved.transaction, signatures: signed.signatures };
  await refusedByApi(client.v1.chain.send_transaction(transaction), 'eosio_assert_message_exception', 3050003,
    /overdrawn balance/);
});

test('wharf: a key that has no say', () => refused(
  sessionOf('dave', chain.newKey().secret).transact(transfer('1.0000 SYS')), /dave@active/));

test('wharf: a permission that is not there', () => refused(
  sessionOf('dave', keys.dave.secret, 'nonsense').transact({ action: chain.action('eosio.token', 'transfer', 'dave',
    { from: 'dave', to: 'erin', quantity: '1.0000 SYS', memo: '' }, 'nonsense') }), /dave@nonsense/));

test('wharf: an expired transaction', () => refused(dave.transact(transfer('1.0000 SYS'), { expireSeconds: -120 }),
  /expired/));

test('wharf: get_info, get_account, get_block in its own types', async () => {
  const info = await client.v1.chain.get_info();
  assert.strictEqual(String(info.chain_id), id);
  assert.ok(info.last_irreversible_block_num.toNumber() <= info.head_block_num.toNumber());
  const account = await client.v1.chain.get_account('dave');
  assert.ok(account.account_name.equals('dave'));
  assert.strictEqual(String(account.getPermission('active').required_auth.keys[0].key), keys.dave.key);
  assert.ok(account.ram_usage.toNumber() > 0);
  await assert.rejects(client.v1.chain.get_account('nobody'), APIError);
  const block = await client.v1.chain.get_block(info.last_irreversible_block_num);
  assert.ok(block.id.equals(info.last_irreversible_block_id));
  const short = await client.v1.chain.get_block_info(info.last_irreversible_block_num);
  assert.ok(short.id.equals(block.id));
});

test('wharf: the block with the transfer', async () => {
  const height = result.response.processed.block_num;
  await chain.reach(height);
  const block = await client.v1.chain.get_block(height);
  assert.ok(block.transactions.some((one) => String(one.id) === result.response.transaction_id));
});

test('wharf: transaction status', async () => {
  let status;
  for (let i = 0; i < 1000; i++) {
    status = await client.v1.chain.get_transaction_status(result.response.transaction_id);
    if (status.state === 'IRREVERSIBLE') break;
    await chain.sleep(100);
  }
  assert.strictEqual(status.state, 'IRREVERSIBLE');
  assert.ok(status.irreversible_number.toNumber() >= result.response.processed.block_num);
});

test('wharf: history', async () => {
  const found = await client.v1.history.get_transaction(result.response.transaction_id);
  assert.strictEqual(String(found.id), result.response.transaction_id);
});

test('wharf: rows, by the contract\'s ABI', async () => {
  const contract = await new ContractKit({ client }).load('eosio.token');
  const stat = await contract.table('stat', 'SYS').get();
  assert.strictEqual(String(stat.issuer), 'eosio');
  assert.strictEqual(String(stat.max_supply), chain.SUPPLY);
  const rows = await contract.table('accounts', 'frank').all();
  assert.strictEqual(rows.length, 1);
  const scopes = await contract.table('accounts').scopes().all();
  assert.ok(scopes.some((one) => String(one.scope) === 'frank'));
  const action = contract.action('transfer', { from: 'dave', to: 'erin', quantity: '0.0001 SYS', memo: 'kit' },
    { authorization: [{ actor: 'dave', permission: 'active' }] });
  assert.strictEqual((await dave.transact({ action })).response.processed.receipt.status, 'executed');
});

test('wharf: rows, page by page', async () => {
  const names = [];
  let next = '';
  do {
    const page = await client.v1.chain.get_table_by_scope({ code: 'eosio.token', table: 'accounts', limit: 2,
      lower_bound: next });
    names.push(...page.rows.map((row) => String(row.scope)));
    next = page.more;
  } while (next);
  for (const name of ['dave', 'erin', 'frank']) assert.ok(names.includes(name), `${name} is not in ${names}`);
  assert.strictEqual(new Set(names).size, names.length);
});

test('wharf: the accounts of a key', async () => {
  const found = await client.v1.chain.get_accounts_by_authorizers({ keys: [keys.erin.key] });
  assert.ok(found.accounts.some((one) => Name.from(one.account_name).equals('erin')));
});

test('wharf: ABIs', async () => {
  const { abi } = await client.v1.chain.get_abi('eosio.token');
  assert.ok(abi.tables.some((one) => one.name === 'accounts'));
  const raw = await client.v1.chain.get_raw_abi('eosio.token');
  assert.ok(raw.abi.array.length > 0);
});

run();
