import { randomBytes } from "node:crypto";
import type { Reference } from "../dynamics/columns";
import { startDynamicsServer, type DynamicsServer } from "../dynamics/dynamicsServer";
import { mailTester } from "../dynamics/mail/mailTester";
import type { Seed } from "../dynamics/seed";
import type { Authority } from "../pki";
import type { SandboxMailboxes } from "./sandbox";

/** How to reach the simulated organization of the sandbox. */
export interface OrganizationAccess {
  url: string;
  /** With the version, ending in a slash. */
  apiUrl: string;
  version: string;
  /** Who configures it, by Windows sign-in. */
  username: string;
  password: string;
  /** An access token of somebody else, who only looks. */
  readerToken: string;
  /** Name of the profile that all its mailboxes have to begin with. */
  earlierProfile: string;
}
export interface SandboxOrganization {
  access: OrganizationAccess;
  server: DynamicsServer;
}

const pipeline = "CONTOSO\\pipeline";
const earlierProfile = "Mail before this stack";
/** Long enough to be seen, and over before anybody first looks after it. */
const secondsPerMinute = 2;

const random = () => randomBytes(12).toString("base64url");

/**
 * A simulated on-premises organization beside the sandbox's mail servers, to which its Test & Enable signs in. Addresses
 * on the internet's protocols are those of queues, addresses on Exchange those of users.
 */
export async function startSandboxOrganization(
  authority: Authority,
  mailboxes: SandboxMailboxes,
): Promise<SandboxOrganization> {
  const [password, readerToken] = [random(), random()];
  const server = await startDynamicsServer({
    certificate: await authority.issue(),
    windowsUsers: { [pipeline]: password },
    tokens: { [readerToken]: "CONTOSO\\reader" },
    tester: mailTester({ caCertificates: [authority.certificate] }),
    secondsPerMinute,
  });
  fill(server.seed, mailboxes);
  const { organizationUrl: url, apiUrl, organization } = server;
  const { version } = organization;
  return { access: { url, apiUrl, version, username: pipeline, password, readerToken, earlierProfile }, server };
}

/** Mailboxes as somebody has left them: on an earlier profile, users with Outlook, queues with nothing. */
function fill(seed: Seed, { internet, exchange }: SandboxMailboxes): void {
  const location = "https://mail.contoso.example/EWS/Exchange.asmx";
  const id = seed.addProfile({
    name: earlierProfile,
    servertype: 0,
    incomingserverlocation: location,
    outgoingserverlocation: location,
  });
  const emailserverprofile: Reference = { table: "emailserverprofile", id };
  for (const emailaddress of internet)
    seed.addQueue({
      name: nameOf(emailaddress),
      emailaddress,
      mailbox: {
        emailserverprofile,
        incomingemaildeliverymethod: 0,
        outgoingemaildeliverymethod: 0,
        actdeliverymethod: 2,
      },
    });
  for (const internalemailaddress of exchange)
    seed.addUser({
      fullname: nameOf(internalemailaddress),
      domainname: `CONTOSO\\${localPart(internalemailaddress)}`,
      internalemailaddress,
      mailbox: {
        emailserverprofile,
        incomingemaildeliverymethod: 1,
        outgoingemaildeliverymethod: 1,
        actdeliverymethod: 0,
      },
    });
}

const localPart = (address: string) => address.slice(0, address.indexOf("@"));

function nameOf(address: string): string {
  const name = localPart(address);
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
