import { createHash, createHmac, randomBytes } from "node:crypto";
import { request, type Agent, type RequestOptions } from "node:https";
import { TLSSocket } from "node:tls";
import md4 = require("js-md4");

const utf16 = (text: string) => Buffer.from(text, "utf16le");
const hmac = (key: Buffer, data: Buffer) => createHmac("md5", key).update(data).digest();
const head = (type: number, length: number) => {
  const message = Buffer.alloc(length);
  message.write("NTLMSSP\0", "latin1");
  message.writeUInt32LE(type, 8);
  return message;
};

export interface Reply {
  status: number;
  body: string;
}

/** Posts with NTLMv2 and channel binding on one connection, as Dynamics does to Exchange (MS-NLMP). */
export async function postWithNtlm(
  url: string,
  options: RequestOptions & { agent: Agent },
  body: string,
  account: string,
  password: string,
): Promise<Reply> {
  const negotiate = head(1, 32);
  negotiate.writeUInt32LE(0xa2088205, 12);
  const first = await post(url, options, "", `NTLM ${negotiate.toString("base64")}`);
  const challenge = /(?:NTLM|Negotiate) ([\w+/=]+)/.exec(first.challenge)?.[1];
  if (first.status !== 401 || challenge === undefined) return first;
  const answer = authenticate(negotiate, Buffer.from(challenge, "base64"), first.certificate, account, password);
  return post(url, options, body, `NTLM ${answer.toString("base64")}`);
}

/** Type 3, with the integrity code over all three messages. */
function authenticate(
  negotiate: Buffer,
  challenge: Buffer,
  certificate: Buffer,
  account: string,
  password: string,
): Buffer {
  const [, domain = "", user = account] = /^([^\\]+)\\(.+)$/.exec(account) ?? [];
  const key = hmac(Buffer.from(md4.arrayBuffer(utf16(password))), utf16(user.toUpperCase() + domain));
  const info = challenge.subarray(challenge.readUInt32LE(44), challenge.readUInt32LE(44) + challenge.readUInt16LE(40));
  const binding = createHash("sha256").update(certificate).digest();
  const data = Buffer.concat([Buffer.from("tls-server-end-point:"), binding]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  const token = createHash("md5")
    .update(Buffer.concat([Buffer.alloc(16), length, data]))
    .digest();
  const withIntegrity = Buffer.from([6, 0, 4, 0, 2, 0, 0, 0]);
  const withBinding = Buffer.concat([Buffer.from([10, 0, 16, 0]), token]);
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n);
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time,
    randomBytes(8),
    Buffer.alloc(4),
    info.subarray(0, -4),
    withIntegrity,
    withBinding,
    Buffer.alloc(8),
  ]);
  const proof = hmac(key, Buffer.concat([challenge.subarray(24, 32), blob]));
  const fields = [Buffer.alloc(24), Buffer.concat([proof, blob]), utf16(domain), utf16(user), utf16("SSS01")];
  const message = head(3, 88);
  let at = message.length;
  fields.forEach((field, index) => {
    message.writeUInt16LE(field.length, 12 + index * 8);
    message.writeUInt16LE(field.length, 14 + index * 8);
    message.writeUInt32LE(at, 16 + index * 8);
    at += field.length;
  });
  message.writeUInt32LE(0xa2888205, 60);
  const whole = Buffer.concat([message, ...fields]);
  hmac(hmac(key, proof), Buffer.concat([negotiate, challenge, whole])).copy(whole, 72);
  return whole;
}

interface FullReply extends Reply {
  challenge: string;
  /** DER. */
  certificate: Buffer;
}

export function post(url: string, options: RequestOptions, body: string, authorization: string): Promise<FullReply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, method: "POST" });
    sent.setHeader("content-type", "text/xml; charset=utf-8");
    sent.setHeader("content-length", Buffer.byteLength(body));
    sent.setHeader("authorization", authorization);
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
    sent.on("response", (response) => {
      const { socket } = response;
      const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : Buffer.alloc(0);
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", reject).on("end", () => {
        const challenge = response.headers["www-authenticate"] ?? "";
        resolve({ status: response.statusCode ?? 0, body: text, challenge, certificate });
      });
    });
    sent.end(body);
  });
}
