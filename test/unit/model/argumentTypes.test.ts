import type * as pulumi from "@pulumi/pulumi";
import type { EmailServerProfileArgs, MailboxArgs, OrganizationArgs } from "pulumi-server-side-sync";
import type { DeclaredBinding } from "../../../provider/src/model/binding";
import type { DeclaredOrganization } from "../../../provider/src/model/organization";
import type { DeclaredProfile } from "../../../provider/src/model/profile";
import type { Unknown } from "../../../provider/src/model/unknown";

/** Arguments with the values in the place of their Inputs. */
type Values<T> =
  T extends pulumi.OutputInstance<infer U>
    ? Values<U>
    : T extends Promise<infer U>
      ? Values<U>
      : T extends readonly (infer E)[]
        ? Values<E>[]
        : T extends object
          ? { [K in keyof T]-?: Values<Exclude<T[K], undefined>> }
          : T;
/** What a schema accepts, without the stand-in for unknown values. */
type Accepted<T> = T extends Unknown
  ? never
  : T extends readonly (infer E)[]
    ? Accepted<E>[]
    : T extends object
      ? { [K in keyof T]-?: Accepted<Exclude<T[K], undefined>> }
      : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

/** Compiled by the type check of the test command; a difference is a compile error here. */
test("the hand-written arguments are what the schemas accept", () => {
  const profile: Same<
    Values<Omit<EmailServerProfileArgs, "organization">>,
    Accepted<Omit<DeclaredProfile, "organization">>
  > = true;
  const mailbox: Same<
    Values<Omit<MailboxArgs, "retestTriggers">>,
    Accepted<Omit<DeclaredBinding, "retestTriggers">>
  > = true;
  const organization: Same<Values<OrganizationArgs>, Accepted<DeclaredOrganization>> = true;
  expect([profile, mailbox, organization]).toEqual([true, true, true]);
});
