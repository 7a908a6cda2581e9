import { Agent, request } from "node:https";
import { runMailboxTest } from "../../provider/src/testing/mailboxTest";
import type { PasswordMethod } from "../../provider/src/transport/httpSignIn";
import { account, address, ExchangeLab, everything, password, secret } from "../../test/servers/ews/exchangeLab";
import type { EwsServer } from "../../test/servers/ews/ewsServer";
import { startLibraryProcess } from "./libraryProcess";
import { allSucceeded } from "./outcome";
import { roundTripsOf, type Work } from "./roundTrips";
import type { Row } from "./table";

/** Requests of a whole test: two searches, one sending, three folders, one deletion. */
const posts = 7;

/** Whole tests over EWS, from connecting to closing, against the same requests sent by nothing but Node. */
export async function ewsRows(): Promise<Row[]> {
  const lab = await ExchangeLab.create();
  const library = await startLibraryProcess(lab.authority.certificate);
  try {
    const bodies = await recordBodies(lab);
    // The library sends no channel binding; ours does, and it is checked.
    const server = await lab.start({ tokenChecking: "allow" });
    const ownLayer = (method: "basic" | "ntlm") => (port: number) =>
      library.run({ url: urlAt(port), method, address, account, secret });
    const measured = await roundTripsOf([server.port], {
      floor: counted(server, posts, (port) => postAll(port, lab.authority.certificate, bodies)),
      basic: counted(server, posts, (port) => testMailbox(lab, port, "basic")),
      libraryBasic: counted(server, posts, ownLayer("basic")),
      // One request more signs in.
      ntlm: counted(server, posts + 1, (port) => testMailbox(lab, port, "ntlm")),
      // Each call signs in on its own.
      libraryNtlm: counted(server, 2 * posts, ownLayer("ntlm")),
    });
    const common = { unit: "round trips", floor: measured.floor };
    return [
      { what: "EWS test, Basic", measured: measured.basic, bound: 1.1, library: measured.libraryBasic, ...common },
      { what: "EWS test, NTLM", measured: measured.ntlm, bound: 1.3, library: measured.libraryNtlm, ...common },
    ];
  } finally {
    await library.stop();
    await lab.stop();
  }
}

/** What a test sends. */
async function recordBodies(lab: ExchangeLab): Promise<string[]> {
  const bodies: string[] = [];
  const server = await lab.start({
    interfere: ({ body }) => {
      bodies.push(body);
      return false;
    },
  });
  await counted(server, posts, (port) => testMailbox(lab, port, "basic"))(server.port);
  return bodies;
}

async function testMailbox(lab: ExchangeLab, port: number, method: PasswordMethod): Promise<void> {
  const side = lab.side({ port, url: urlAt(port) }, password, { method });
  allSucceeded(await runMailboxTest(everything(side)));
}

/** One look more, because a message had not arrived yet, would be another request: then the figure is not one of this work. */
function counted(server: EwsServer, requests: number, work: Work): Work {
  return async (port = 0) => {
    const before = server.requests.length;
    await work(port);
    const sent = server.requests.length - before;
    if (sent !== requests) throw new Error(`${sent} requests instead of ${requests}`);
  };
}

/** The floor: one connection, one request after the other, each answer read to its end. */
async function postAll(port: number, ca: string, bodies: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  try {
    let found = "";
    for (const body of bodies) {
      const answer = await post(agent, port, body.replace(/(<t:ItemId Id=")[^"]*/, `$1${found}`));
      found = /<t:ItemId Id="([^"]*)/.exec(answer)?.[1] ?? found;
    }
  } finally {
    agent.destroy();
  }
}

function post(agent: Agent, port: number, body: string): Promise<string> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${account}:${secret}`).toString("base64")}`,
    "content-type": "text/xml; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(urlAt(port), { method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode ?? ""}`));
      let answer = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
      response.once("end", () => {
        resolve(answer);
      });
    });
    sent.once("error", reject).end(body);
  });
}

function urlAt(port: number): string {
  return `https://127.0.0.1:${port}/EWS/Exchange.asmx`;
}
