/** One profile and one mailbox for each declaration in the config; secrets are references to the environment. */
import * as pulumi from "@pulumi/pulumi";
import {
  EmailServerProfile,
  MailboxBinding,
  Organization,
  type EmailServerProfileArgs,
  type MailboxBindingArgs,
} from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const organization = new Organization({ deployment: "on-premises", fips: false });

for (const { profile, mailbox } of config.requireObject<
  { profile: EmailServerProfileArgs & { name: string }; mailbox: Omit<MailboxBindingArgs, "profile"> }[]
>("declarations")) {
  new MailboxBinding(profile.name, {
    ...mailbox,
    profile: new EmailServerProfile(profile.name, {
      ...profile,
      organization,
      caCertificates: { file: config.require("caFile") },
    }),
  });
}
