// SPDX-License-Identifier: Apache-2.0
// The chain that run.sh has started: where it is, who rules it, and accounts to play with. Made with eosjs, whose own
// tests come first, so that what fails here has failed there by name.
'use strict';

const fs = require('node:fs');
const { Api, JsonRpc } = require('eosjs');
const { JsSignatureProvider } = require('eosjs/dist/eosjs-jssig');
const { generateKeyPair } = require('eosjs/dist/eosjs-key-conversions');

const url = process.env.NODE_URL;
/** The key of eosio and eosio.token. */
const genesisKey = fs.readFileSync(process.env.NODE_KEY_FILE, 'utf8').trim();
const SYMBOL = 'SYS';
const SUPPLY = '1000000000.0000 SYS';

/** eosjs as its documentation sets it up, with these private keys. */
function apiWith(keys) {
  const rpc = new JsonRpc(url, { fetch });
  return new Api({ rpc, signatureProvider: new JsSignatureProvider(keys), textDecoder: new TextDecoder(),
    textEncoder: new TextEncoder() });
}

/** {secret, key, legacy}: texts; the key in the form of today, and in that of the beginning. */
function newKey() {
  const pair = generateKeyPair(0, { secureEnv: true });
  return { secret: pair.privateKey.toString(), key: pair.publicKey.toString(),
    legacy: pair.publicKey.toLegacyString() };
}

function authorityOf(key) {
  return { threshold: 1, keys: [{ key, weight: 1 }], accounts: [], waits: [] };
}

function action(account, name, actor, data, permission = 'active') {
  return { account, name, authorization: [{ actor, permission }], data };
}

function newaccount(name, key) {
  return action('eosio', 'newaccount', 'eosio', { creator: 'eosio', name, owner: authorityOf(key),
    active: authorityOf(key) });
}

function transfer(from, to, quantity, memo = '') {
  return action('eosio.token', 'transfer', from, { from, to, quantity, memo });
}

const TAPOS = { blocksBehind: 3, expireSeconds: 600 };

/** Sends actions with the genesis key. */
function rule(...actions) {
  return apiWith([genesisKey]).transact({ actions }, TAPOS);
}

/** Waits for a block. */
async function reach(height) {
  const rpc = new JsonRpc(url, { fetch });
  while ((await rpc.get_info()).head_block_num < height) await sleep(100);
}

/** The token, unless it is there. */
async function makeToken() {
  const stats = await new JsonRpc(url, { fetch }).get_currency_stats('eosio.token', SYMBOL);
  if (SYMBOL in stats) return;
  await rule(action('eosio.token', 'create', 'eosio.token', { issuer: 'eosio', maximum_supply: SUPPLY }),
    action('eosio.token', 'issue', 'eosio', { to: 'eosio', quantity: SUPPLY, memo: 'the beginning' }));
}

/** Accounts of these names, each with a key of its own and 100 tokens: name -> newKey(). */
async function makeAccounts(...names) {
  const keys = Object.fromEntries(names.map((name) => [name, newKey()]));
  await reach(TAPOS.blocksBehind + 1); // eosjs asks for the block so far behind, and there is no block 0
  await makeToken();
  await rule(...names.map((name) => newaccount(name, keys[name].key)),
    ...names.map((name) => transfer('eosio', name, '100.0000 SYS')));
  return keys;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = { url, genesisKey, SYMBOL, SUPPLY, TAPOS, apiWith, newKey, authorityOf, action, newaccount, transfer,
  rule, makeToken, makeAccounts, reach, sleep };
