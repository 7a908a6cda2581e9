/** A Dynamics 365 organization: profiles, its settings, and mailboxes as the config lists them. */
import * as pulumi from "@pulumi/pulumi";
import {
  EmailServerProfile,
  MailboxBinding,
  Organization,
  OrganizationEmailSettings,
  type EmailServerProfileArgs,
  type MailboxArgs,
} from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const organization = new Organization({
  backend: "dynamics365",
  url: config.require("url"),
  deployment: "on-premises",
  fips: false,
  caCertificates: { file: config.require("caFile") },
});

const profiles = new Map(
  config
    .requireObject<(EmailServerProfileArgs & { name: string })[]>("profiles")
    // One that is adopted keeps its name.
    .map(({ name, ...args }) => {
      const named = args.adopt === undefined ? { name } : {};
      return [name, new EmailServerProfile(name, { ...named, ...args, organization })];
    }),
);
for (const { name, profile, ...mailbox } of config.requireObject<(MailboxArgs & { name: string; profile: string })[]>(
  "bindings",
)) {
  const declared = profiles.get(profile);
  if (declared !== undefined) new MailboxBinding(name, { ...mailbox, profile: declared });
}
if (config.getBoolean("settings") === true) {
  new OrganizationEmailSettings("settings", {
    organization,
    defaultProfile: [...profiles.values()][0],
    defaultIncomingEmail: "server-side-sync",
    processEmailOnlyForApprovedUsers: false,
  });
}
