import type { Row } from "./columns";
import { WebApiError } from "./errors";
import type { Organization } from "./organization";
import { hasText, textIn } from "./store";

/** A rule of the platform: broken means refused with its code. The words are this simulator's own. */
export interface Rule<Subject> {
  code: string;
  name: string;
  message: string;
  broken: (subject: Subject) => boolean;
}
export interface ProfileSubject {
  /** The record as it would be. */
  after: Row;
  /** What the request writes. */
  changes: Row;
  organization: Organization;
}

const exchange = [0, 2, 3];
const directions = ["incoming", "outgoing"] as const;
type Side = (typeof directions)[number];
type SideRule = (subject: ProfileSubject, side: Side) => boolean;

const serverType = ({ after }: ProfileSubject) => after.servertype;
const isExchange = (subject: ProfileSubject) => exchange.includes(Number(serverType(subject) ?? -1));
const isInternet = (subject: ProfileSubject) => serverType(subject) === 1 || serverType(subject) === 4;
const isOnline = ({ organization }: ProfileSubject) => organization.deployment === "online";
const discovers = ({ after }: ProfileSubject) => after.useautodiscover === true;
/** Which directions' own columns count: the outgoing account is the incoming one where they share settings. */
const accounts = ({ after }: ProfileSubject): readonly Side[] =>
  after.usesamesettingsforoutgoingconnections === true ? ["incoming"] : directions;
const either = (rule: SideRule) => (subject: ProfileSubject) => directions.some((side) => rule(subject, side));
const eitherAccount = (rule: SideRule) => (subject: ProfileSubject) =>
  accounts(subject).some((side) => rule(subject, side));
const location = ({ after }: ProfileSubject, side: Side) => textIn(after, `${side}serverlocation`);
const usesTls = ({ after }: ProfileSubject, side: Side) => after[`${side}usessl`] === true;
const protocol = ({ after }: ProfileSubject, side: Side) => after[`${side}authenticationprotocol`];
const retrieval = ({ after }: ProfileSubject, side: Side) => after[`${side}credentialretrieval`];
const needsAccount = (subject: ProfileSubject, side: Side) => retrieval(subject, side) === 1;
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A URL for Exchange, a host for everything else. */
function isLocation(text: string, forExchange: boolean): boolean {
  if (!forExchange) return /^[\w.:-]+$/.test(text);
  return /^https?:\/\/[^\s/]+/i.test(text) && URL.canParse(text);
}

function tooOld({ changes, organization }: ProfileSubject): boolean {
  const { processEmailSinceMaximumDays: days } = organization.settings;
  const since = changes.processemailsreceivedafter;
  if (days === undefined || typeof since !== "string") return false;
  return Date.parse(since) < organization.store.now().getTime() - days * 86_400_000;
}

/** With shared settings, the outgoing account may only repeat the incoming one (inferred: which columns these are). */
function differsWhileShared({ after, changes }: ProfileSubject): boolean {
  if (after.usesamesettingsforoutgoingconnections !== true) return false;
  return ["credentialretrieval", "username", "password", "useimpersonation"].some((column) => {
    const outgoing = changes[`outgoing${column}`] ?? null;
    return outgoing !== null && outgoing !== false && outgoing !== after[`incoming${column}`];
  });
}

const rule = (
  code: string,
  name: string,
  message: string,
  broken: (subject: ProfileSubject) => boolean,
): Rule<ProfileSubject> => ({ code, name, message, broken });

/** dynamics.md 1.5, "Profile rules": those that can be judged when a profile is saved, in the order of their codes. */
export const profileRules: readonly Rule<ProfileSubject>[] = [
  rule(
    "0x8005E201",
    "EmailServerProfileSslRequiredForOnline",
    "SSL may not be switched off in an online organization.",
    (subject) => isOnline(subject) && directions.some((side) => !usesTls(subject, side)),
  ),
  rule(
    "0x8005E202",
    "EmailServerProfileInvalidCredentialRetrievalForOnline",
    "Windows integrated and anonymous sign-in are not possible online.",
    (subject) =>
      isOnline(subject) && directions.some((side) => [3, 4].includes(Number(retrieval(subject, side) ?? -1))),
  ),
  rule(
    "0x8005E203",
    "EmailServerProfileInvalidCredentialRetrievalForExchange",
    "Exchange needs credentials.",
    (subject) => isExchange(subject) && directions.some((side) => retrieval(subject, side) === 4),
  ),
  rule(
    "0x8005E204",
    "EmailServerProfileAutoDiscoverNotAllowed",
    "Only Exchange can be found by autodiscover.",
    (subject) => discovers(subject) && !isExchange(subject),
  ),
  rule(
    "0x8005E205",
    "EmailServerProfileLocationNotRequired",
    "With autodiscover there are no server locations.",
    (subject) => discovers(subject) && directions.some((side) => location(subject, side) !== ""),
  ),
  rule(
    "0x8005E20A",
    "EmailServerProfileInvalidServerLocation",
    "The server location is malformed.",
    either(
      (subject, side) => location(subject, side) !== "" && !isLocation(location(subject, side), isExchange(subject)),
    ),
  ),
  // For IMAP the documents name user or queue, and Gmail's OAuth (2.4).
  rule(
    "0x8005E214",
    "InvalidCredentialTypeForNonExchangeIncomingConnection",
    "This incoming connection needs the credentials of the user or queue.",
    (subject) => isInternet(subject) && ![0, 5].includes(Number(retrieval(subject, "incoming") ?? 0)),
  ),
  rule(
    "0x8005E234",
    "EmailServerProfileSslRequiredForOnPremise",
    "This deployment demands SSL.",
    (subject) =>
      !isOnline(subject) &&
      !subject.organization.settings.allowNonSslEmail &&
      directions.some((side) => !usesTls(subject, side)),
  ),
  rule(
    "0x8005E235",
    "EmailServerProfileDelegateAccessNotAllowed",
    "Delegate access cannot be granted over SMTP.",
    (subject) => isInternet(subject) && subject.after.outgoingautograntdelegateaccess === true,
  ),
  rule(
    "0x8005E236",
    "EmailServerProfileImpersonationNotAllowed",
    "Only Exchange knows impersonation.",
    (subject) => isInternet(subject) && directions.some((side) => subject.after[`${side}useimpersonation`] === true),
  ),
  rule(
    "0x8005E238",
    "OutgoingSettingsUpdateNotAllowed",
    "Outgoing settings are those of the incoming side.",
    differsWhileShared,
  ),
  // Which pairs are meant is not documented; these two cannot work (inferred).
  rule(
    "0x8005E23B",
    "EmailServerProfileInvalidAuthenticationProtocol",
    "The authentication protocol does not fit the server type.",
    (subject) => isInternet(subject) && directions.some((side) => protocol(subject, side) === 1),
  ),
  rule(
    "0x8005E23C",
    "EmailServerProfileADBasedAuthenticationProtocolNotAllowed",
    "Negotiate and NTLM are not allowed for this organization.",
    (subject) =>
      !subject.organization.settings.allowAdBasedAuthentication &&
      directions.some((side) => [1, 2].includes(Number(protocol(subject, side)))),
  ),
  rule(
    "0x8005E23D",
    "EmailServerProfileBasicAuthenticationProtocolNotAllowed",
    "Basic is not allowed without SSL.",
    (subject) =>
      !subject.organization.settings.allowBasicOnNonSecureChannel &&
      directions.some((side) => protocol(subject, side) === 3 && !usesTls(subject, side)),
  ),
  rule("0x8005E23E", "IncomingServerLocationAndSslSetToNo", "An https location needs SSL (incoming).", (subject) =>
    contradicts(subject, "incoming", /^https:/i, false),
  ),
  rule("0x8005E23F", "OutgoingServerLocationAndSslSetToNo", "An https location needs SSL (outgoing).", (subject) =>
    contradicts(subject, "outgoing", /^https:/i, false),
  ),
  rule(
    "0x8005E255",
    "ServerLocationAndSSLSetToYes",
    "Exchange Online is not reached over http.",
    (subject) => serverType(subject) === 3 && directions.some((side) => contradicts(subject, side, /^http:/i, true)),
  ),
  rule("0x8005E240", "IncomingServerLocationAndSslSetToYes", "An http location has no SSL (incoming).", (subject) =>
    contradicts(subject, "incoming", /^http:/i, true),
  ),
  rule("0x8005E241", "OutgoingServerLocationAndSslSetToYes", "An http location has no SSL (outgoing).", (subject) =>
    contradicts(subject, "outgoing", /^http:/i, true),
  ),
  rule("0x8005E244", "InvalidValueProcessEmailAfter", "The date to process e-mail from is older than allowed.", tooOld),
  // On-premises, the hybrid profile of Exchange Online is the one that has server-to-server authentication (2.4).
  rule(
    "0x8005E245",
    "InvalidS2SAuthentication",
    "Server-to-server authentication is for online organizations.",
    (subject) =>
      !isOnline(subject) &&
      serverType(subject) !== 3 &&
      accounts(subject).some((side) => retrieval(subject, side) === 2),
  ),
  rule("0x8005E24B", "SpecifyIncomingServerLocation", "The incoming server location is missing.", (subject) =>
    lacksLocation(subject, "incoming"),
  ),
  rule("0x8005E24C", "SpecifyOutgoingServerLocation", "The outgoing server location is missing.", (subject) =>
    lacksLocation(subject, "outgoing"),
  ),
  rule(
    "0x8005E24D",
    "UserNameRequiredForImpersonation",
    "Impersonation needs a user name.",
    eitherAccount(
      (subject, side) =>
        needsAccount(subject, side) &&
        subject.after[`${side}useimpersonation`] === true &&
        !hasText(subject.after[`${side}username`]),
    ),
  ),
  rule(
    "0x8005E24E",
    "PasswordRequiredForImpersonation",
    "Impersonation needs a password.",
    eitherAccount(
      (subject, side) =>
        needsAccount(subject, side) &&
        subject.after[`${side}useimpersonation`] === true &&
        !hasText(subject.after[`${side}password`]),
    ),
  ),
  rule("0x8005E251", "SpecifyIncomingUserName", "The incoming user name is missing.", (subject) =>
    lacks(subject, "incoming", "username"),
  ),
  rule("0x8005E252", "SpecifyOutgoingUserName", "The outgoing user name is missing.", (subject) =>
    lacks(subject, "outgoing", "username"),
  ),
  rule("0x8005E253", "SpecifyIncomingPassword", "The incoming password is missing.", (subject) =>
    lacks(subject, "incoming", "password"),
  ),
  rule("0x8005E254", "SpecifyOutgoingPassword", "The outgoing password is missing.", (subject) =>
    lacks(subject, "outgoing", "password"),
  ),
  rule(
    "0x8005E25A",
    "TenantIDIsEmpty",
    "The tenant id is missing.",
    (subject) =>
      serverType(subject) === 3 &&
      subject.after.usedefaulttenantid === false &&
      !hasText(subject.after.exchangeonlinetenantid),
  ),
  rule(
    "0x8005E25B",
    "InvalidTenantIDValue",
    "The tenant id is no GUID.",
    ({ after }) => hasText(after.exchangeonlinetenantid) && !guid.test(textIn(after, "exchangeonlinetenantid")),
  ),
];

function contradicts(subject: ProfileSubject, side: Side, scheme: RegExp, tls: boolean): boolean {
  return scheme.test(location(subject, side)) && usesTls(subject, side) === tls;
}

/** Exchange has one location for both directions where only one is given (inferred). */
function lacksLocation(subject: ProfileSubject, side: Side): boolean {
  if (serverType(subject) === null || discovers(subject) || retrieval(subject, "incoming") === 2) return false;
  return location(subject, side) === "";
}

function lacks(subject: ProfileSubject, side: Side, column: "username" | "password"): boolean {
  return accounts(subject).includes(side) && needsAccount(subject, side) && !hasText(subject.after[`${side}${column}`]);
}

export function refuseBroken<Subject>(rules: readonly Rule<Subject>[], subject: Subject): void {
  const found = rules.find(({ broken }) => broken(subject));
  if (found !== undefined) throw new WebApiError(400, found.code, `${found.name}: ${found.message}`);
}

const defaultPorts = { 1: [995, 587], 4: [993, 587] } as const;

/** Ports that are filled in on save; said of IMAP (2.1), for POP3 inferred. */
export function filledIn(after: Row): Row {
  const ports = after.servertype === 1 || after.servertype === 4 ? defaultPorts[after.servertype] : undefined;
  if (ports === undefined) return {};
  return {
    ...(after.incomingportnumber === null ? { incomingportnumber: ports[0] } : {}),
    ...(after.outgoingportnumber === null ? { outgoingportnumber: ports[1] } : {}),
  };
}
