import type { AssessmentContext, RuleId } from "pulumi-server-side-sync";
import type { DeclaredBinding } from "../../../provider/src/model/binding";
import type { DeclaredProfile } from "../../../provider/src/model/profile";
import { Unknown } from "../../../provider/src/model/unknown";

export type Profile = DeclaredProfile;
export type Mailbox = DeclaredBinding;
export type OrganizationArgs = NonNullable<DeclaredProfile["organization"]>;

/** What the engine knows only in the update. */
export const later = new Unknown("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
export const guid = "3f17e397-c012-53af-a427-65d8ec3c93b0";

export const password = { type: "password", password: { env: "MAILBOX_PASSWORD", version: "1" } } as const;
export const ews = { serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx" };
export const host = { serverLocation: "mail.contoso.com" };
export const exchange2016: Profile = { emailSystem: "exchange-server-2016", incoming: ews };
export const gmail: Profile = { emailSystem: "gmail" };
export const online: Profile = { emailSystem: "exchange-online" };

export const within = (organization: OrganizationArgs, profile: Profile): Profile => ({ ...profile, organization });
export const mailbox = (changes: Partial<Mailbox> = {}): Mailbox => ({
  emailAddress: "sales@contoso.com",
  credentials: password,
  ...changes,
});
export interface Case {
  row: string;
  rule: RuleId;
  severity: "error" | "warning";
  fires: [Profile, Mailbox?];
  passes: [Profile, Mailbox?];
  acceptable?: boolean;
  /** The same without the fact that the rule needs. */
  notJudged?: [[Profile, Mailbox?], string];
  /** The same with a fact that only the update knows. */
  unknown?: [[Profile, Mailbox?], string];
  context?: AssessmentContext;
}
