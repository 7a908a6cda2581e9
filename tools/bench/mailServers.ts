/** IMAP and SMTP servers as a process of their own, told by its parent whom they serve, until that lets go. */
import { createAuthority } from "../../test/servers/pki";
import { startImapServer } from "../../test/servers/sandbox/imapServer";
import { MailStore } from "../../test/servers/sandbox/mailStore";
import { startSmtpServer } from "../../test/servers/sandbox/smtpServer";
import type { MailServers, ServedUsers } from "./mailServersProcess";

process.once("message", (users: ServedUsers) => {
  void start(users).then((servers) => process.send?.(servers));
});
process.once("disconnect", () => process.exit(0));

async function start(users: ServedUsers): Promise<MailServers> {
  const authority = await createAuthority();
  const certificate = await authority.issue();
  const store = new MailStore(Object.keys(users));
  const imap = await startImapServer(certificate, users, store);
  const smtp = await startSmtpServer(certificate, users, store);
  return { imapPort: imap.port, smtpPort: smtp.port, caCertificate: authority.certificate };
}
