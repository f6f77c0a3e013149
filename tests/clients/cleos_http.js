// SPDX-License-Identifier: Apache-2.0
// HTTP as cleos speaks it (programs/cleos/httpc.cpp of Leap 3, and of EOSIO 1 and 2 with HTTP/1.0): one connection a
// call, the headers that it sends and no others, and an answer that it can read: it looks for Content-Length and takes
// that many bytes, or all until the end, and knows nothing of chunks.
'use strict';

const assert = require('node:assert');
const net = require('node:net');

const ACCEPTED = [200, 201, 202];

class CleosError extends Error {
  constructor(status, answer) {
    super(`${answer.error.code} ${answer.error.name}: ${answer.error.details.map((one) => one.message).join('; ')}`);
    Object.assign(this, answer.error, { status });
  }
}

function exchange(url, request) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(url.port), url.hostname, () => socket.write(request));
    const parts = [];
    socket.setTimeout(120000, () => socket.destroy(new Error('no answer within 120 s')));
    socket.on('data', (data) => parts.push(data));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(parts)));
  });
}

function parse(answer) {
  const end = answer.indexOf('\r\n\r\n');
  assert.ok(end > 0, `no end of the headers in ${answer}`);
  const [statusLine, ...headers] = answer.subarray(0, end).toString('latin1').split('\r\n');
  const status = /^HTTP\/\d\.\d (\d+)/.exec(statusLine);
  assert.ok(status, statusLine);
  const length = headers.map((line) => /^content-length:\s+(\d+)/i.exec(line)).find(Boolean);
  assert.ok(!headers.some((line) => /^transfer-encoding:/i.test(line)), 'an answer in chunks');
  assert.ok(length, 'no Content-Length');
  const body = answer.subarray(end + 4);
  assert.strictEqual(body.length, Number(length[1]));
  return { status: Number(status[1]), body: body.toString('utf8') };
}

/** A cleos of `version` ('1.0' or '1.1' of HTTP); calls are recorded in .paths. */
class CleosHttp {
  constructor(base, version = '1.1') {
    this.url = new URL(base);
    this.version = version;
    this.paths = [];
  }

  /** Posts `value` (undefined: no body, as for get_info) and returns the parsed answer; throws as cleos does. */
  async call(path, value) {
    const body = value === undefined ? '' : JSON.stringify(value);
    this.paths.push(path);
    const lines = [`POST ${path} HTTP/${this.version}`, `Host: ${this.url.host}`,
      `content-length: ${Buffer.byteLength(body)}`, 'Accept: */*', 'Connection: close', '', body];
    const { status, body: text } = parse(await exchange(this.url, lines.join('\r\n')));
    const answer = JSON.parse(text);
    if (ACCEPTED.includes(status)) return answer;
    // What fc's from_variant reads into error_results; a member of another type would throw in cleos.
    assert.strictEqual(typeof answer.code, 'number');
    assert.strictEqual(typeof answer.message, 'string');
    assert.strictEqual(typeof answer.error.code, 'number');
    for (const name of ['name', 'what']) assert.strictEqual(typeof answer.error[name], 'string');
    for (const detail of answer.error.details) {
      for (const name of ['message', 'file', 'method']) assert.strictEqual(typeof detail[name], 'string');
      assert.strictEqual(typeof detail.line_number, 'number');
    }
    throw new CleosError(status, answer);
  }
}

module.exports = { CleosHttp, CleosError };
