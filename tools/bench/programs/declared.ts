/** So many bindings over ten profiles, tested against the servers of the bench. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const organization = new Organization({ deployment: "on-premises", fips: false });

const profiles = Array.from(
  { length: 10 },
  (_, index) =>
    new EmailServerProfile(`profile-${index}`, {
      organization,
      emailSystem: "other",
      incoming: { serverLocation: "127.0.0.1", port: config.requireNumber("imapPort"), security: "tls" },
      outgoing: { serverLocation: "127.0.0.1", port: config.requireNumber("smtpPort"), security: "starttls" },
      caCertificates: { file: config.require("caFile") },
      testConnection: false,
      fipsCompliant: true,
    }),
);
for (const [index, emailAddress] of config.requireObject<string[]>("addresses").entries()) {
  const profile = profiles[index % profiles.length];
  if (profile === undefined) continue;
  const credentials = { type: "password", password: { env: "BENCH_PASSWORD", version: "1" } } as const;
  new MailboxBinding(`mailbox-${index}`, { profile, emailAddress, credentials });
}
