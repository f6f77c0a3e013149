// SPDX-License-Identifier: Apache-2.0
// Tests one after the other, a TAP line each.
'use strict';

const assert = require('node:assert');

const tests = [];

/** Registers a test; they run in the order of their registration, since later ones build on earlier ones. */
function test(name, body) {
  tests.push({ name, body });
}

async function run() {
  for (const { name, body } of tests) {
    try {
      await body();
      console.log(`ok - ${name}`);
    } catch (error) {
      console.log(`not ok - ${name}`);
      console.log(String(error.stack).replace(/^/gm, '# '));
      if (error.json) console.log(`# ${JSON.stringify(error.json)}`);
      process.exitCode = 1;
    }
  }
}

/** The object has each of these members, of this type ('array' and 'null' are types here, '?' in front: or null). */
function hasMembers(object, types) {
  for (const [name, type] of Object.entries(types)) {
    assert.ok(name in object, `${name} is missing in ${JSON.stringify(object)}`);
    const value = object[name];
    const actual = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    const good = type.startsWith('?') ? actual === 'null' || actual === type.slice(1) : actual === type;
    assert.ok(good, `${name} is ${JSON.stringify(value)}, not of type ${type}`);
  }
}

module.exports = { test, run, hasMembers };
