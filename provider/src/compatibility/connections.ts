import type { CredentialSource } from "../model/credentials";
import type { EmailSystem, MailSystem, Protocol } from "../model/mailSystems";
import type { CheckedConnection } from "../model/profile";
import { isUnknown, type Maybe } from "../model/unknown";
import { systemOf, type MailboxSubject, type Subject } from "./rule";
import { and, is, not, or, where, type Trilean } from "./trilean";

export type Direction = "incoming" | "outgoing";
export const directions = ["incoming", "outgoing"] as const;

/** Protocol rules look at the protocols themselves: an Exchange Server can be reached over IMAP and SMTP, too. */
export function usesExchange(subject: Subject): Trilean {
  return anySide(subject, ({ protocol }) => is<Protocol>(protocol, "ews"));
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

const protocolLabels: Readonly<Record<string, string>> = {
  ews: "Exchange (EWS)",
  imap: "IMAP",
  pop3: "POP3",
  smtp: "SMTP",
};

export function protocolLabel(protocol: Maybe<Protocol>): string {
  return (isUnknown(protocol) ? undefined : protocolLabels[protocol]) ?? "a protocol not known yet";
}

export function protocolPair({ profile }: Subject): string {
  return `${protocolLabel(profile.incoming.protocol)} incoming and ${protocolLabel(profile.outgoing.protocol)} outgoing`;
}

/** Judges one direction of a profile. */
export type SideTest<S> = (connection: CheckedConnection, subject: S, direction: Direction) => Trilean;

export function anySide<S extends Subject>(subject: S, test: SideTest<S>): Trilean {
  const { incoming, outgoing } = subject.profile;
  return or(test(incoming, subject, "incoming"), test(outgoing, subject, "outgoing"));
}

/** Directions of which it surely holds. */
export function sidesWhere<S extends Subject>(subject: S, test: SideTest<S>): Direction[] {
  return directions.filter((direction) => test(subject.profile[direction], subject, direction) === true);
}

/** The first direction of which it surely holds, for messages. */
export function sideWhere<S extends Subject>(subject: S, test: SideTest<S>): CheckedConnection {
  return subject.profile[sidesWhere(subject, test)[0] ?? "incoming"];
}

/** Path and predicate of a rule that fires where one direction fulfils `test`. */
export function onSides<S extends Subject>(property: string, test: SideTest<S>) {
  return {
    path: (subject: S) => `${sidesWhere(subject, test)[0] ?? "incoming"}.${property}`,
    applies: (subject: S) => anySide(subject, test),
  };
}

/** `incoming and outgoing`, as far as it holds. */
export function sidesText<S extends Subject>(subject: S, test: SideTest<S>): string {
  return sidesWhere(subject, test).join(" and ");
}

/** "Authenticate Using". Facts of another stack may not know it yet. */
export function sourceOf({ credentials }: CheckedConnection): Maybe<CredentialSource> | null {
  return isUnknown(credentials) ? credentials : (credentials?.source ?? null);
}

/** The same for messages, in quotes. */
export function sourceText(connection: CheckedConnection): string {
  const source = sourceOf(connection);
  if (source === null) return "no declared credentials";
  return isUnknown(source) ? "credentials not known yet" : `"${source}"`;
}

export function signsInAs(connection: CheckedConnection, ...sources: readonly CredentialSource[]): Trilean {
  return where(sourceOf(connection), (source) => sources.includes(source));
}

/** A mailbox signs in itself where the profile says so, or says nothing at all. */
export function signsInItself(connection: CheckedConnection): Trilean {
  const source = sourceOf(connection);
  return source === null ? true : is<CredentialSource>(source, "user-or-queue");
}

/** True where Test & Enable tests that direction. */
export function isTested({ mailbox }: MailboxSubject, direction: Direction): boolean {
  return mailbox[`${direction}Email`] === "server-side-sync";
}

export function isSystem(subject: Subject, ...systems: readonly EmailSystem[]): Trilean {
  return where(subject.profile.emailSystem, (system) => systems.includes(system));
}

export function isOfFamily(subject: Subject, ...families: readonly MailSystem["family"][]): Trilean {
  return where(subject.profile.emailSystem, () => families.includes(systemOf(subject).family));
}
