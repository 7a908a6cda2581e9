import type { CheckedProfile } from "../model/profile";
import type { MailboxSubject, ProfileSubject, RuleContext } from "./rule";

/** Every subject has the same properties in the same order: rules read them thousands of times in a large stack. */
export function profileSubject(
  profile: CheckedProfile,
  { previous, today, secrets }: RuleContext = {},
): ProfileSubject {
  return { organization: profile.organization, profile, previous, today, secrets };
}

export function mailboxSubject(
  profile: MailboxSubject["profile"],
  mailbox: MailboxSubject["mailbox"],
  { previous, today, secrets }: RuleContext = {},
): MailboxSubject {
  return { organization: profile.organization, profile, mailbox, previous, today, secrets };
}
