import { ServerSideSyncError } from "../errors";
import { suggestion } from "./suggest";

/** Mail protocols of server-side synchronization. */
export type Protocol = "ews" | "imap" | "pop3" | "smtp";
/** `tls`: from the first byte. `starttls`: upgraded before sign-in. `none`: clear text. */
export type Security = "tls" | "starttls" | "none";

/** Mail systems that Microsoft's support page names, Exchange Server SE, and `other`. */
export const emailSystems = [
  "exchange-online",
  "exchange-server-2003",
  "exchange-server-2007",
  "exchange-server-2010",
  "exchange-server-2013",
  "exchange-server-2016",
  "exchange-server-2019",
  "exchange-server-se",
  "gmail",
  "yahoo-mail",
  "msn",
  "outlook.com",
  "windows-live-mail",
  "other",
] as const;
export type EmailSystem = (typeof emailSystems)[number];

/** Where a mail system listens for one protocol, as its owner publishes it. */
export interface PublishedEndpoint {
  /** Host name, for EWS the URL. */
  serverLocation: string;
  port: number;
  security: Security;
  /** Other endpoints of the same service that its owner, or Microsoft for a cloud of its own, names. */
  alternatives?: readonly Pick<PublishedEndpoint, "serverLocation" | "port" | "security">[];
  /** Page that the values come from. */
  source: string;
  /** Date on which a copy of it was read, `YYYY-MM-DD`. */
  read: string;
  /** Date that the page itself bears, where it bears one. */
  dated?: string;
}

/** National clouds of Microsoft, with endpoints of their own. */
export type NationalCloud = "us-government" | "china";

export interface MailSystem {
  /** Name as the support page writes it. */
  label: string;
  family: "exchange-online" | "exchange-server" | "consumer-microsoft" | "internet" | "other";
  /** Published endpoints; a system of one's own has none. */
  endpoints: Partial<Record<Protocol, PublishedEndpoint>>;
  /** The same in national clouds, chosen by `serverAuthority`. */
  clouds?: Readonly<Record<NationalCloud, MailSystem["endpoints"]>>;
}

/** What a mail system publishes for one cloud; worldwide where the authority names no other. */
export function endpointsIn(
  { endpoints, clouds }: MailSystem,
  serverAuthority?: string | null,
): MailSystem["endpoints"] {
  return (
    (serverAuthority === "us-government" || serverAuthority === "china" ? clouds?.[serverAuthority] : undefined) ??
    endpoints
  );
}

const outlookSettings = {
  source: "https://support.microsoft.com/en-us/office/pop-imap-and-smtp-settings-8361e398-8af4-4e97-b147-6c6c4ac95353",
  read: "2026-11-22",
};
const consumerMicrosoftEndpoints: MailSystem["endpoints"] = {
  imap: { serverLocation: "outlook.office365.com", port: 993, security: "tls", ...outlookSettings },
  pop3: { serverLocation: "outlook.office365.com", port: 995, security: "tls", ...outlookSettings },
  smtp: { serverLocation: "smtp-mail.outlook.com", port: 587, security: "starttls", ...outlookSettings },
};
const gmailSettings = { source: "https://developers.google.com/gmail/imap", read: "2026-11-22" };
const yahooSettings = {
  source: "https://unanswered.io/guide/yahoo-mail-protocols-imap-pop-smtp-settings",
  read: "2026-11-22",
};
const exchangeOnlineSmtp = {
  source:
    "https://learn.microsoft.com/exchange/mail-flow-best-practices/how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365",
  read: "2026-11-22",
};

/** Endpoint lists of the clouds: hosts and ports. */
const governmentList = {
  source: "https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-u-s-government-gcc-high-endpoints",
  read: "2026-11-25",
  dated: "2023-03-01",
};
const chinaList = {
  source: "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges-21vianet",
  read: "2026-11-25",
  dated: "2021-05-16",
};
const defenseHost = "outlook-dod.office365.us";

/** GCC High; DoD, which has a list of its own, as the other endpoint. */
const governmentEndpoints: MailSystem["endpoints"] = {
  ews: {
    serverLocation: "https://outlook.office365.us/EWS/Exchange.asmx",
    port: 443,
    security: "tls",
    alternatives: [{ serverLocation: `https://${defenseHost}/EWS/Exchange.asmx`, port: 443, security: "tls" }],
    ...governmentList,
  },
  imap: {
    serverLocation: "outlook.office365.us",
    port: 993,
    security: "tls",
    alternatives: [{ serverLocation: defenseHost, port: 993, security: "tls" }],
    ...governmentList,
  },
  pop3: {
    serverLocation: "outlook.office365.us",
    port: 995,
    security: "tls",
    alternatives: [{ serverLocation: defenseHost, port: 995, security: "tls" }],
    ...governmentList,
  },
  smtp: {
    serverLocation: "outlook.office365.us",
    port: 587,
    security: "starttls",
    alternatives: [
      { serverLocation: "smtp.office365.us", port: 587, security: "starttls" },
      { serverLocation: defenseHost, port: 587, security: "starttls" },
      { serverLocation: "outlook.office365.us", port: 25, security: "starttls" },
    ],
    ...governmentList,
  },
};
const chinaEndpoints: MailSystem["endpoints"] = {
  ews: {
    serverLocation: "https://partner.outlook.cn/EWS/Exchange.asmx",
    port: 443,
    security: "tls",
    source: "https://learn.microsoft.com/power-platform/admin/connect-exchange-online",
    read: "2026-11-22",
    dated: "2025-06-27",
  },
  imap: { serverLocation: "partner.outlook.cn", port: 993, security: "tls", ...chinaList },
  pop3: { serverLocation: "partner.outlook.cn", port: 995, security: "tls", ...chinaList },
  smtp: {
    serverLocation: "partner.outlook.cn",
    port: 587,
    security: "starttls",
    alternatives: [{ serverLocation: "smtp.partner.outlook.cn", port: 587, security: "starttls" }],
    ...chinaList,
  },
};

function exchangeServer(version: string): MailSystem {
  return { label: `Exchange Server ${version}`, family: "exchange-server", endpoints: {} };
}

function consumerMicrosoft(label: string): MailSystem {
  return { label, family: "consumer-microsoft", endpoints: consumerMicrosoftEndpoints };
}

/** The presets: what each mail system publishes about itself. A declaration overrides them field by field. */
export const mailSystems: Readonly<Record<EmailSystem, MailSystem>> = {
  "exchange-online": {
    label: "Exchange Online",
    family: "exchange-online",
    endpoints: {
      ews: {
        serverLocation: "https://outlook.office365.com/EWS/Exchange.asmx",
        port: 443,
        security: "tls",
        source:
          "https://support.quest.com/on-demand-migration/kb/4381005/explain-ews-vs-graph-and-why-the-changes-for-quest-products-",
        read: "2026-11-22",
      },
      imap: { serverLocation: "outlook.office365.com", port: 993, security: "tls", ...outlookSettings },
      pop3: { serverLocation: "outlook.office365.com", port: 995, security: "tls", ...outlookSettings },
      smtp: {
        serverLocation: "smtp.office365.com",
        port: 587,
        security: "starttls",
        alternatives: [{ serverLocation: "smtp.office365.com", port: 25, security: "starttls" }],
        ...exchangeOnlineSmtp,
      },
    },
    clouds: { "us-government": governmentEndpoints, china: chinaEndpoints },
  },
  "exchange-server-2003": exchangeServer("2003"),
  "exchange-server-2007": exchangeServer("2007"),
  "exchange-server-2010": exchangeServer("2010"),
  "exchange-server-2013": exchangeServer("2013"),
  "exchange-server-2016": exchangeServer("2016"),
  "exchange-server-2019": exchangeServer("2019"),
  "exchange-server-se": exchangeServer("SE"),
  gmail: {
    label: "Gmail",
    family: "internet",
    endpoints: {
      imap: { serverLocation: "imap.gmail.com", port: 993, security: "tls", ...gmailSettings },
      pop3: { serverLocation: "pop.gmail.com", port: 995, security: "tls", ...gmailSettings },
      smtp: {
        serverLocation: "smtp.gmail.com",
        port: 587,
        security: "starttls",
        alternatives: [{ serverLocation: "smtp.gmail.com", port: 465, security: "tls" }],
        ...gmailSettings,
      },
    },
  },
  "yahoo-mail": {
    label: "Yahoo! Mail",
    family: "internet",
    endpoints: {
      imap: { serverLocation: "imap.mail.yahoo.com", port: 993, security: "tls", ...yahooSettings },
      pop3: { serverLocation: "pop.mail.yahoo.com", port: 995, security: "tls", ...yahooSettings },
      smtp: {
        serverLocation: "smtp.mail.yahoo.com",
        port: 465,
        security: "tls",
        alternatives: [{ serverLocation: "smtp.mail.yahoo.com", port: 587, security: "starttls" }],
        ...yahooSettings,
      },
    },
  },
  msn: consumerMicrosoft("MSN"),
  "outlook.com": consumerMicrosoft("Outlook.com"),
  "windows-live-mail": consumerMicrosoft("Windows Live Mail"),
  other: { label: "Other (POP3/SMTP or IMAP/SMTP)", family: "other", endpoints: {} },
};

/** Ports where a declaration names a server but no port (RFC 8314 for TLS, RFC 6409 for submission). */
export const defaultPorts: Readonly<Record<Protocol, Readonly<Record<Security, number>>>> = {
  ews: { tls: 443, starttls: 443, none: 80 },
  imap: { tls: 993, starttls: 143, none: 143 },
  pop3: { tls: 995, starttls: 110, none: 110 },
  smtp: { tls: 465, starttls: 587, none: 25 },
};

export function isEmailSystem(value: unknown): value is EmailSystem {
  return typeof value === "string" && Object.hasOwn(mailSystems, value);
}

/**
 * Reads a mail system from text, for example from stack config: its id or the label of the support page, in any case.
 *
 * @throws ServerSideSyncError `unknown-email-system` with the nearest name
 */
export function parseEmailSystem(text: string): EmailSystem {
  const wanted = text.trim().toLowerCase();
  const found = emailSystems.find((id) => id === wanted || mailSystems[id].label.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new ServerSideSyncError({
    code: "unknown-email-system",
    summary: `"${text}" is not a mail system that this package knows.${suggestion(wanted, emailSystems)}`,
    remedy: `Use one of ${emailSystems.join(", ")}.`,
  });
}
