import type { Protocol } from "../model/mailSystems";
import type { Subject } from "./rule";
import { and, is, not, or, type Trilean } from "./trilean";

/** Protocol rules look at the protocols themselves: an Exchange Server can be reached over IMAP and SMTP, too. */
export function usesExchange(subject: Subject): Trilean {
  return or(
    is<Protocol>(subject.profile.incoming.protocol, "ews"),
    is<Protocol>(subject.profile.outgoing.protocol, "ews"),
  );
}

export function usesOnlyExchange(subject: Subject): Trilean {
  return and(
    is<Protocol>(subject.profile.incoming.protocol, "ews"),
    is<Protocol>(subject.profile.outgoing.protocol, "ews"),
  );
}

export function usesInternetMail(subject: Subject): Trilean {
  return not(usesOnlyExchange(subject));
}

const protocolLabels: Record<Protocol, string> = { ews: "Exchange (EWS)", imap: "IMAP", pop3: "POP3", smtp: "SMTP" };

export function protocolPair(subject: Subject): string {
  const { incoming, outgoing } = subject.profile;
  return `${protocolLabels[incoming.protocol]} incoming and ${protocolLabels[outgoing.protocol]} outgoing`;
}

/** True where that direction signs in with a password that somebody typed in, false for tokens and trust. */
export function signsInWithPassword(subject: Subject): boolean {
  const source = subject.profile.incoming.credentials?.source;
  return source !== "oauth" && source !== "exchange-hybrid-modern-auth" && source !== "server-to-server";
}
