import { randomUUID } from "node:crypto";
import { maySendAs, type Context } from "./context";
import { noMailboxOfCaller, quotaExceeded, Refusal } from "./errors";
import { addressesIn, headerOf, readMime } from "./mime";
import type { ExchangeMailbox, ExchangeStore } from "./store";

const crlf = "\r\n";

/**
 * Sends a message of the account's mailbox.
 *
 * @returns the message as it was sent
 * @throws Refusal
 */
export function send(mime: string, context: Context): string {
  const sender = senderOf(mime, context);
  const recipients = addressesIn(mime, "To", "Cc", "Bcc");
  if (recipients.length === 0)
    throw new Refusal(
      "ErrorInvalidRecipients",
      "At least one recipient isn't valid., A message can't be sent because it contains no recipients.",
    );
  const sent = completed(mime, sender);
  for (const recipient of new Set(recipients)) deliverTo(recipient, sent, sender, context.store);
  return sent;
}

/** The mailbox that the message is from: the account's own, or one that it may send as. */
function senderOf(mime: string, context: Context): ExchangeMailbox {
  const { own, store } = context;
  if (own === undefined) throw noMailboxOfCaller();
  const [from] = addressesIn(mime, "From");
  const sender = from === undefined ? own : store.mailbox(from);
  if (sender === undefined || !maySendAs(sender, context))
    throw new Refusal(
      "ErrorSendAsDenied",
      "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
    );
  if (sender.quota !== undefined || own.quota !== undefined) throw quotaExceeded();
  return sender;
}

/** With the fields that Exchange adds where they are missing, and without Bcc. */
function completed(mime: string, sender: ExchangeMailbox): string {
  const added = [
    ["From", sender.address],
    ["Date", new Date().toUTCString()],
    ["Message-ID", `<${randomUUID()}@exch1.contoso.com>`],
  ].flatMap(([name = "", value = ""]) => (headerOf(mime, name) === "" ? [`${name}: ${value}`] : []));
  const visible = mime.replace(/^Bcc:.*\r?\n(?:[ \t].*\r?\n)*/im, "");
  return [...added, visible].join(crlf);
}

function deliverTo(address: string, mime: string, sender: ExchangeMailbox, store: ExchangeStore): void {
  const mailbox = store.mailbox(address);
  if (mailbox === undefined) {
    report(address, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", mime, sender, store);
    return;
  }
  if (mailbox.quota === "prohibit-send-receive") {
    report(address, "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", mime, sender, store);
    return;
  }
  store.put(mailbox, {
    folder: "inbox",
    element: "Message",
    itemClass: "IPM.Note",
    subject: headerOf(mime, "Subject"),
    mime,
    isRead: false,
  });
}

/** A non-delivery report in the inbox of the sender, with the header of the original. */
function report(
  address: string,
  reason: string,
  original: string,
  sender: ExchangeMailbox,
  store: ExchangeStore,
): void {
  const boundary = randomUUID();
  const subject = `Undeliverable: ${headerOf(original, "Subject")}`;
  const [, status = ""] = /^\d+ (\d\.\d+\.\d+)/.exec(reason) ?? [];
  const part = (type: string, ...lines: readonly string[]) => [
    `--${boundary}`,
    `Content-Type: ${type}`,
    "",
    ...lines,
    "",
  ];
  const mime = [
    "From: Microsoft Outlook <postmaster@contoso.com>",
    `To: <${sender.address}>`,
    `Date: ${new Date().toUTCString()}`,
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    "MIME-Version: 1.0",
    `Message-ID: <${randomUUID()}@exch1.contoso.com>`,
    `In-Reply-To: ${headerOf(original, "Message-ID")}`,
    `References: ${headerOf(original, "Message-ID")}`,
    `Subject: ${subject}`,
    "Auto-Submitted: auto-replied",
    "",
    ...part("text/plain; charset=utf-8", "Delivery has failed to these recipients or groups:", "", address, reason),
    ...part(
      "message/delivery-status",
      "Reporting-MTA: dns;exch1.contoso.com",
      "",
      `Final-Recipient: rfc822;${address}`,
      "Action: failed",
      `Status: ${status}`,
      `Diagnostic-Code: smtp;${reason}`,
    ),
    ...part("text/rfc822-headers", ...readMime(original).head.split(/\r?\n/)),
    `--${boundary}--`,
    "",
  ].join(crlf);
  store.put(sender, {
    folder: "inbox",
    element: "Message",
    itemClass: "REPORT.IPM.Note.NDR",
    subject,
    mime,
    isRead: false,
  });
}

/** Puts a meeting request into the inbox of each attendee. */
export function invite(
  attendees: readonly string[],
  subject: string,
  organizer: ExchangeMailbox,
  store: ExchangeStore,
): void {
  for (const address of attendees) {
    const mailbox = store.mailbox(address);
    const mime = [`From: <${organizer.address}>`, `To: <${address}>`, `Subject: ${subject}`, "", ""].join(crlf);
    if (mailbox !== undefined)
      store.put(mailbox, {
        folder: "inbox",
        element: "MeetingRequest",
        itemClass: "IPM.Schedule.Meeting.Request",
        subject,
        mime,
        isRead: false,
      });
  }
}
