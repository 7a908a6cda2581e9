/** The profiles and mailboxes of a plan in the config; every password is a secret of the config. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";
import type { Plan } from "../../../tools/crashes/plan";

const config = new pulumi.Config("lab");
const passwords = config.requireSecretObject<Record<string, string>>("passwords");
const { host, caFile, maxConcurrentTests, profiles, mailboxes } = config.requireObject<Plan>("plan");

const organization = new Organization({ maxConcurrentTests });
const declared = new Map(
  profiles.map(({ name, imapPort, smtpPort }) => [
    name,
    new EmailServerProfile(name, {
      organization,
      emailSystem: "other",
      incoming: { serverLocation: host, port: imapPort, security: "tls" },
      outgoing: { serverLocation: host, port: smtpPort, security: "tls" },
      caCertificates: { file: caFile },
      acceptRisks: [{ rule: "untested-mail-system", reason: "real servers of the tests" }],
    }),
  ]),
);

for (const { name, emailAddress, profile, trigger } of mailboxes) {
  const found = declared.get(profile);
  if (found === undefined) throw new Error(`no profile ${profile}`);
  new MailboxBinding(name, {
    profile: found,
    emailAddress,
    credentials: { type: "password", password: passwords.apply((all) => all[emailAddress] ?? "") },
    retestTriggers: [trigger],
    test: { timeoutSeconds: 30, roundTrip: true },
  });
}
