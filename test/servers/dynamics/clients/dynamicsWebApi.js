/**
 * A client of the Web API that nobody here wrote, as a process of its own: it trusts a private authority only by its
 * environment. Takes `{ serverUrl, version, token, steps: [[method, argument...]] }` as its first argument and prints what
 * each step came to. In an argument, `"<result N/key>"` stands for what step N, from 0, gave.
 */
"use strict";
const { DynamicsWebApi } = require("dynamics-web-api");

async function main() {
  const { serverUrl, version, token, steps } = JSON.parse(process.argv[2]);
  const client = new DynamicsWebApi({
    serverUrl,
    dataApi: { version },
    onTokenRefresh: () => Promise.resolve(token),
    propagateErrors: true,
  });
  const results = [];
  for (const [method, ...given] of steps) {
    const filled = JSON.parse(
      JSON.stringify(given).replace(/"<result (\d+)\/([^>]+)>"/g, (_text, index, key) =>
        JSON.stringify(results[Number(index)].result[key]),
      ),
    );
    results.push(await outcome(client, method, filled));
  }
  process.stdout.write(JSON.stringify(results));
}

async function outcome(client, method, [request, ...more]) {
  const abortAfterMs = request?.abortAfterMs;
  const signal = abortAfterMs === undefined ? undefined : globalThis.AbortSignal.timeout(abortAfterMs);
  try {
    const started = typeof request === "object" && signal !== undefined ? { ...request, signal } : request;
    if (started !== undefined && typeof started === "object") delete started.abortAfterMs;
    const result = await client[method](...(started === undefined ? [] : [started]), ...more);
    return { result };
  } catch (error) {
    // A batch fails with the errors of its parts.
    const {
      status,
      name,
      error: inner,
      code = inner?.code,
      message,
    } = Array.isArray(error) ? error.find((each) => each instanceof Error) : error;
    return { error: { status, code, message, name } };
  }
}

void main();
