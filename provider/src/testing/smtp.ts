import type SMTPConnectionType from "nodemailer/lib/smtp-connection";
import type { Budget } from "../transport/budget";
import { exchangeLogger } from "../transport/log";
import { tlsOptions } from "../transport/tls";
import { describeEndpoint, redactorFor } from "./diagnosis";
import { DialogError } from "../transport/dialog";
import { diagnosed } from "./faultOf";
import { inDoubt } from "../transport/inDoubt";
import { ehlo, greet, greetingTimeout, smtpReply, ServerSaid } from "./greeting";
import { saslPlain, saslToken, tokenMethodOf } from "./sasl";
import { refuseTokenInClear } from "./tokenInClear";
import type { Phase } from "./fault";
import type { Endpoint, SignIn } from "./types";

const connectMs = 20_000;
const largestResponse = 1024 * 1024;

/** Names of our own: asked for "XOAUTH2", the library may choose PLAIN and send the token as a password. */
const tokenMethods = { XOAUTH2: "TOKEN-XOAUTH2", OAUTHBEARER: "TOKEN-OAUTHBEARER" } as const;

type Connection = InstanceType<typeof SMTPConnectionType>;
type Callback<T> = (error?: Error | null, value?: T) => void;

/**
 * Signs in and submits one message from the mailbox to itself.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function submitMessage(
  endpoint: Endpoint,
  signIn: SignIn,
  address: string,
  raw: string,
  budget: Budget,
): Promise<void> {
  const connection = createConnection(endpoint, signIn, budget);
  let phase: Phase = "connect";
  try {
    refuseTokenInClear(endpoint, signIn);
    await step(connection, budget, "The SMTP connection", (done) => {
      connection.connect(done);
    });
    if (signIn.type !== "anonymous") {
      phase = "sign-in";
      await authenticate(connection, signIn, budget);
    }
    phase = "message";
    await step(connection, budget, "The SMTP submission", (done) => {
      connection.send({ from: address, to: [address] }, raw, done);
    });
    connection.quit();
  } catch (error) {
    connection.close();
    const diagnosis = await diagnosed(error, phase, { endpoint, signIn }, budget);
    throw phase === "message" && isSilentAfterData(error) ? inDoubt(diagnosis) : diagnosis;
  }
}

/** A refusal carries the server's reply; without one, the connection was lost when the message was already under way. */
function isSilentAfterData(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return true;
  return !("responseCode" in error) && !("rejectedErrors" in error);
}

async function authenticate(
  connection: Connection,
  signIn: Exclude<SignIn, { type: "anonymous" }>,
  budget: Budget,
): Promise<void> {
  // The library would send the mail unauthenticated and report success.
  if (!connection.allowsAuth) throw withoutAuth();
  const auth =
    signIn.type === "password"
      ? { user: signIn.username, pass: signIn.password }
      : {
          user: signIn.username,
          pass: signIn.accessToken,
          // What the library heard last is the answer to EHLO; it does not know OAUTHBEARER.
          method: tokenMethods[tokenMethodOf(offeredMethods(connection.lastServerResponse))],
        };
  await step(connection, budget, "The SMTP sign-in", (done) => {
    connection.login({ ...auth, credentials: { user: auth.user, pass: auth.pass } }, done);
  });
}

function createConnection(endpoint: Endpoint, signIn: SignIn, budget: Budget): Connection {
  // Loaded by the first test, never by check.
  const loaded = require("nodemailer/lib/smtp-connection") as
    { default?: typeof SMTPConnectionType } | typeof SMTPConnectionType;
  const SMTPConnection = ("default" in loaded ? loaded.default : loaded) as typeof SMTPConnectionType;
  const remaining = Math.max(1, Math.ceil(budget.remaining()));
  const connection = new SMTPConnection({
    host: endpoint.host,
    port: endpoint.port,
    secure: endpoint.security === "tls",
    // By default a stripped STARTTLS leads to a sign-in in clear text.
    requireTLS: endpoint.security === "starttls",
    ignoreTLS: endpoint.security === "none",
    name: "[127.0.0.1]",
    tls: tlsOptions(endpoint.host, endpoint.caCertificates),
    logger: exchangeLogger(describeEndpoint(endpoint), redactorFor(signIn)),
    debug: true,
    connectionTimeout: Math.min(connectMs, remaining),
    dnsTimeout: Math.min(connectMs, remaining),
    greetingTimeout: greetingTimeout(budget),
    socketTimeout: remaining,
    socketCloseTimeout: 0,
    maxResponseSize: largestResponse,
    allowInternalNetworkInterfaces: true,
    customAuth: {
      [tokenMethods.XOAUTH2]: (context) => presentToken(context, "XOAUTH2"),
      [tokenMethods.OAUTHBEARER]: (context) => presentToken(context, "OAUTHBEARER"),
    },
  });
  // Late socket errors come as events; the step under way has its own callback.
  connection.on("error", () => undefined);
  return connection;
}

interface AuthContext {
  auth: { credentials: { user: string; pass: string } };
  sendCommand(command: string): Promise<{ status: number; response: string }>;
  resolve(): void;
  reject(error: Error): void;
}

/** XOAUTH2, or OAUTHBEARER (RFC 7628) where only that is offered. The library's own hides the server's words. */
async function presentToken(context: AuthContext, method: keyof typeof tokenMethods): Promise<void> {
  const { user, pass: token } = context.auth.credentials;
  const bearer = method === "OAUTHBEARER";
  let reply = await context.sendCommand(`AUTH ${method} ${saslToken(user, token, bearer)}`);
  // The error comes as a challenge first; an empty answer brings the reply itself.
  if (reply.status === 334) reply = await context.sendCommand(bearer ? "AQ==" : "");
  if (reply.status === 235) context.resolve();
  else {
    const refused = new Error("the access token was refused");
    context.reject(
      Object.assign(refused, { responseCode: reply.status, response: reply.response, command: `AUTH ${method}` }),
    );
  }
}

async function step<T>(
  connection: Connection,
  budget: Budget,
  what: string,
  start: (done: Callback<T>) => void,
): Promise<void> {
  const finished = new Promise<void>((resolve, reject) => {
    // A connection that is lost between two commands reports it only as an event.
    connection.once("error", reject);
    start((error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
  await budget.run(what, finished, () => {
    connection.close();
  });
}

/**
 * Signs in and asks whether the mailbox may send and receive, without sending anything: for queues, in which a test
 * message might become a case. Ends after RCPT.
 */
export async function checkRecipient(
  endpoint: Endpoint,
  signIn: SignIn,
  address: string,
  budget: Budget,
): Promise<void> {
  let phase: Phase = "connect";
  try {
    refuseTokenInClear(endpoint, signIn);
    const dialog = await greet(endpoint, budget);
    try {
      const ask = async (command: string, accepted: number, next: Phase) => {
        phase = next;
        dialog.write(command);
        const reply = await smtpReply(dialog);
        if (reply.code !== accepted) throw new ServerSaid(reply.text, { replyCode: reply.code });
      };
      if (signIn.type !== "anonymous") {
        const extensions = await ehlo(dialog);
        phase = "sign-in";
        for (const [line, accepted] of signInLines(signIn, extensions)) await ask(line, accepted, "sign-in");
      }
      await ask(`MAIL FROM:<${address}>`, 250, "sender");
      await ask(`RCPT TO:<${address}>`, 250, "recipient");
      dialog.write("RSET");
      dialog.write("QUIT");
    } finally {
      dialog.close();
    }
  } catch (error) {
    throw await diagnosed(error, phase, { endpoint, signIn }, budget);
  }
}

/** What is said to sign in, each line with the reply that lets the next one follow. */
function signInLines(signIn: Exclude<SignIn, { type: "anonymous" }>, extensions: string): [string, number][] {
  const offered = offeredMethods(extensions);
  if (offered.length === 0) throw withoutAuth();
  if (signIn.type === "access-token") {
    const method = tokenMethodOf(offered);
    return [[`AUTH ${method} ${saslToken(signIn.username, signIn.accessToken, method === "OAUTHBEARER")}`, 235]];
  }
  const { username, password } = signIn;
  // Exchange Online has no PLAIN.
  if (offered.includes("LOGIN") && !offered.includes("PLAIN"))
    return [
      ["AUTH LOGIN", 334],
      [base64(username), 334],
      [base64(password), 235],
    ];
  return [[`AUTH PLAIN ${saslPlain(username, password)}`, 235]];
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** The mechanisms in an answer to EHLO. */
function offeredMethods(extensions: string | false): string[] {
  const lines = (extensions || "").matchAll(/^250[ -]AUTH[ =](.*)$/gim);
  return [...lines].flatMap(([, methods = ""]) => methods.toUpperCase().trim().split(/\s+/));
}

function withoutAuth(): DialogError {
  return new DialogError("AUTH_NOT_OFFERED", "AUTH is not among what the server offers");
}
