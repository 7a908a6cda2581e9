import { Agent } from "node:https";
import type { Direction } from "../tester";
import type { Access } from "./access";
import { exchangeError, forbidden, locationUnknown, unauthorized } from "./failures";
import { post, postWithNtlm, type Reply } from "./ntlmClient";
import { testMail } from "./testMail";
import type { Trust } from "./trust";

const namespaces =
  'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"';

/** Opens what the direction needs in Exchange, over Exchange Web Services: a folder, or a message to send. */
export async function useExchange(
  access: Access,
  direction: Direction,
  trust: Omit<Trust, "implicitTls">,
  accessToken: string | undefined,
): Promise<void> {
  if (access.url === "") throw locationUnknown();
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: trust.ca });
  try {
    const reply = await sendRequest(access, envelope(access, bodyOf(access, direction)), trust, agent, accessToken);
    if (reply.status === 401) throw unauthorized();
    if (reply.status === 403) throw forbidden();
    const code = /<(?:\w+:)?ResponseCode[^>]*>(\w+)</.exec(reply.body)?.[1];
    const words = /<(?:\w+:)?(?:MessageText|faultstring)[^>]*>([^<]*)</.exec(reply.body)?.[1] ?? "";
    if (code !== "NoError") throw exchangeError(code ?? `Http${reply.status}`, words);
  } finally {
    agent.destroy();
  }
}

function sendRequest(
  access: Access,
  body: string,
  { timeoutMs: timeout }: Omit<Trust, "implicitTls">,
  agent: Agent,
  accessToken: string | undefined,
): Promise<Reply> {
  const { url, username, password, address } = access;
  const options = { agent, timeout, headers: { "x-anchormailbox": address } };
  if (accessToken !== undefined) return post(url, options, body, `Bearer ${accessToken}`);
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return access.authentication === 3
    ? post(url, options, body, basic)
    : postWithNtlm(url, options, body, username, password);
}

function envelope({ impersonates, address }: Access, body: string): string {
  const impersonation = impersonates
    ? `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`
    : "";
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope ${namespaces}><s:Header><t:RequestServerVersion Version="Exchange2010_SP2"/>${impersonation}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

/** Without impersonation the account opens the folders of the mailbox as one that has access to it. */
function bodyOf({ address, impersonates }: Access, direction: Direction): string {
  if (direction === "outgoing")
    return `<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message><t:Subject>${testMail.subject}</t:Subject><t:Body BodyType="Text">${testMail.text}</t:Body><t:ToRecipients><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>`;
  const name = direction === "incoming" ? "inbox" : "calendar";
  const mailbox = impersonates ? "" : `<t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`;
  return `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="${name}">${mailbox}</t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`;
}
