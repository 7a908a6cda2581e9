/**
 * What an unsupported stack looks like: `pulumi preview` lists every finding of every resource, each with its remedy,
 * and exits with an error. Nothing is sent and no server is asked.
 */
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";

const organization = new Organization({ deployment: "on-premises", fips: true, hybridExchange: true });

const gmail = new EmailServerProfile("gmail", { organization, emailSystem: "gmail", fipsCompliant: true });
const outlook = new EmailServerProfile("outlook", { organization, emailSystem: "outlook.com" });
const exchangeOnline = new EmailServerProfile("exchange-online", { organization, emailSystem: "exchange-online" });

const credentials = { type: "password", password: { env: "MAILBOX_PASSWORD", version: "1" } } as const;

// Appointments, contacts, and tasks need Exchange.
new MailboxBinding("calendar-on-gmail", {
  profile: gmail,
  emailAddress: "calendar@contoso.com",
  credentials,
  appointmentsContactsTasks: "server-side-sync",
});
// Outlook.com is not FIPS 140-2 compliant, and takes no passwords any more.
new MailboxBinding("sales-on-outlook", { profile: outlook, emailAddress: "sales@contoso.com", credentials });
// An Exchange Online profile cannot serve a mailbox that lives on Exchange Server.
new MailboxBinding("boss-on-premises", {
  profile: exchangeOnline,
  emailAddress: "boss@contoso.com",
  hostedOn: "exchange-server",
});
