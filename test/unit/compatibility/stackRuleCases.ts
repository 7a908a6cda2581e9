import type { Configuration, RuleId } from "pulumi-server-side-sync";
import { exchange2016, gmail, host, later, mailbox, online, within, type Profile } from "./declarations";

/** Mailboxes that are judged together. */
export interface StackCase {
  row: string;
  rule: RuleId;
  severity: "error" | "warning";
  acceptable: boolean;
  stack: Configuration[];
  /** For each of them, whether the rule has something to say about it. */
  fires: boolean[];
}

const other = (serverLocation: string | typeof later): Profile => ({
  emailSystem: "other",
  incoming: { serverLocation },
  outgoing: host,
});
const at = (profile: Profile, emailAddress: string, name?: string): Configuration => ({
  profile,
  mailbox: mailbox({ emailAddress }),
  name,
});
const items = (appointmentsContactsTasks: "outlook" | "server-side-sync" | "none", profile = exchange2016) => ({
  profile,
  mailbox: mailbox({ emailAddress: `${appointmentsContactsTasks}@contoso.com`, appointmentsContactsTasks }),
});
const organization = (url: string): Profile => within({ backend: "dynamics365", url }, gmail);

export const stackRuleCases: StackCase[] = [
  {
    row: "one address, twice",
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [
      at(gmail, "sales@contoso.com", "sales"),
      at(gmail, "SALES@contoso.com", "sales-too"),
      at(gmail, "info@contoso.com"),
    ],
    fires: [true, true, false],
  },
  {
    row: "one address, three times",
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [at(gmail, "a@b.c"), at(gmail, "a@b.c"), at(gmail, "a@b.c")],
    fires: [true, true, true],
  },
  {
    row: "one address on two hosts",
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [at(other("one.contoso.com"), "a@b.c"), at(other("two.contoso.com"), "a@b.c")],
    fires: [false, false],
  },
  {
    row: "one address through two profiles of one host",
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [at(other("one.contoso.com"), "a@b.c"), at(other("ONE.contoso.com"), "a@b.c")],
    fires: [true, true],
  },
  ...(
    [
      [
        "a host by EWS and by IMAP",
        exchange2016,
        { ...exchange2016, serverType: "imap-smtp", incoming: host, outgoing: host },
      ],
      [
        "a host by two paths",
        exchange2016,
        { ...exchange2016, incoming: { serverLocation: "https://mail.contoso.com/ews/exchange.asmx" } },
      ],
      ["Exchange Online with and without autodiscover", online, { ...online, autodiscover: false }],
      ["Exchange Online by EWS and by IMAP", online, { ...online, serverType: "imap-smtp" }],
      ["Gmail by IMAP and by POP3", gmail, { ...gmail, serverType: "pop3-smtp" }],
      ["Gmail by name and by host", gmail, { ...other("imap.gmail.com") }],
      [
        "an organization with and without a slash",
        organization("https://crm.contoso.com/one"),
        organization("https://CRM.contoso.com/one/"),
      ],
    ] satisfies [string, Profile, Profile][]
  ).map(([row, one, two]): StackCase => ({
    row: `one address: ${row}`,
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [at(one, "a@b.c"), at(two, "a@b.c")],
    fires: [true, true],
  })),
  {
    row: "one address in two organizations",
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [
      at(organization("https://crm.contoso.com/one"), "a@b.c"),
      at(organization("https://crm.contoso.com/two"), "a@b.c"),
    ],
    fires: [false, false],
  },
  {
    row: "a host that only the update knows",
    rule: "duplicate-mailbox-binding",
    severity: "error",
    acceptable: false,
    stack: [at(other(later), "a@b.c"), at(other(later), "a@b.c")],
    fires: [false, false],
  },
  {
    row: "S17",
    rule: "mixed-outlook-and-server-side-sync",
    severity: "warning",
    acceptable: true,
    stack: [items("outlook"), items("server-side-sync"), items("none")],
    fires: [true, true, false],
  },
  {
    row: "S17: one of many",
    rule: "mixed-outlook-and-server-side-sync",
    severity: "warning",
    acceptable: true,
    stack: [items("server-side-sync"), items("server-side-sync"), items("outlook"), items("server-side-sync")],
    fires: [true, true, true, true],
  },
  {
    row: "S17: in two organizations",
    rule: "mixed-outlook-and-server-side-sync",
    severity: "warning",
    acceptable: true,
    stack: [items("outlook", organization("https://crm.contoso.com/one")), items("server-side-sync")],
    fires: [false, false],
  },
];
