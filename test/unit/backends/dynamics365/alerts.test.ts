import * as fc from "fast-check";
import { alertCauses } from "../../../../provider/src/backends/dynamics365/alertCauses";
import { alertOf, alertsFilter, alertsSince, readable } from "../../../../provider/src/backends/dynamics365/alerts";
import { id, otherId } from "./arbitraries";

/** Texts, types and codes as the support articles show or describe them, one at least for every cause. */
const documented: [string, Record<string, unknown>][] = [
  [
    "dynamics-approval-by-administrator-missing",
    { text: "The email address of the mailbox requires an approval by a Microsoft 365 administrator." },
  ],
  [
    "dynamics-approval-by-administrator-missing",
    { text: "The mailbox requires an approval by an Office 365 administrator." },
  ],
  [
    "dynamics-address-not-approved",
    { text: "Mailboxes have been disabled because their email addresses have not been approved." },
  ],
  ["dynamics-mailbox-location-unknown", { text: "The mailbox location could not be determined while testing." }],
  ["dynamics-credentials-refused", { text: "The email credentials are incorrect or have insufficient permissions." }],
  [
    "dynamics-profile-missing-or-inactive",
    { text: "Email cannot be received.", errortypedisplay: "InvalidIncomingEmailServerProfile" },
  ],
  [
    "dynamics-mail-host-not-found",
    {
      text: "Socket returned exception HostNotFound",
      errortypedisplay: "InvalidIncomingEmailServerProfileConfiguration",
    },
  ],
  [
    "dynamics-mail-server-timed-out",
    { text: "A general mailbox access error occurred.", errordetails: "Socket returned exception TimedOut" },
  ],
  [
    "dynamics-outgoing-authentication-failed",
    { text: "Email cannot be sent.", errortypedisplay: "OutgoingEmailAuthenticationError" },
  ],
  [
    "dynamics-outgoing-authentication-failed",
    { text: "5.7.8 refused", errordetails: "535: 5.7.8 Username and Password not accepted" },
  ],
  ["dynamics-exchange-unauthorized", { text: "Http server returned 401 Unauthorized exception." }],
  ["dynamics-exchange-unauthorized", { errordetails: "NoUserFoundWithGivenClaims" }],
  ["dynamics-exchange-forbidden", { text: "Http server returned Forbidden exception." }],
  ["dynamics-mailbox-owner-privileges", { errordetails: "Crm.80048306" }],
  ["dynamics-user-or-team-privileges", { errordetails: "Error 8005E259" }],
  ["dynamics-profile-account-unauthorized", { errordetails: "0x8005E272" }],
  ["dynamics-graph-user-disabled", { errordetails: "8005e273" }],
  ["dynamics-mailbox-not-in-exchange-online", { errordetails: "8005E274 MailboxNotEnabledForRESTAPI" }],
  ["dynamics-license-or-access-mode", { tracecode: 0x8005e276 - 0x1_0000_0000 }],
  [
    "dynamics-address-unknown-in-tenant",
    { text: "Test and enable failed because no user was found with the email address a@contoso.com." },
  ],
  [
    "dynamics-impersonation-not-permitted",
    { text: "The account does not have permission to impersonate the requested user." },
  ],
  [
    "dynamics-address-without-mailbox",
    { text: "The SMTP address has no mailbox associated with it.", errordetails: "ErrorNonExistentMailbox" },
  ],
  ["dynamics-test-connection-failed", { text: "Test Connection: the request failed (401)." }],
  [
    "dynamics-plugin-aborted",
    { errortypedisplay: "UnknownIncomingEmailIntegrationError", errordetails: "-2147220891" },
  ],
  ["dynamics-plugin-aborted", { errordetails: "80040265" }],
  ["dynamics-plugin-failed", { tracecode: -2147220956 }],
  ["dynamics-transient-error", { tracecode: -2147220970 }],
  ["dynamics-invalid-recipient", { tracecode: -2147218677 }],
  ["dynamics-queue-owner-privileges", { tracecode: -2147220192 }],
  ["dynamics-mailbox-owner-without-license", { tracecode: -2147167669 }],
  ["dynamics-queue-team-without-role", { tracecode: -2147209462 }],
  [
    "dynamics-claimed-by-another-organization",
    { text: "Appointments, contacts, and tasks: the address is configured with another organization." },
  ],
  ["dynamics-exchange-quota-exceeded", { errordetails: "ErrorQuotaExceeded (403)" }],
  ["dynamics-exchange-submission-quota-exceeded", { errordetails: "ErrorSubmissionQuotaExceeded" }],
  ["dynamics-no-recipient-match", { errortypedisplay: "NoRecipientMatch" }],
  ["dynamics-no-correlation-match", { errortypedisplay: "NoCorrelationMatch" }],
  ["dynamics-incoming-email-rejected", { errortypedisplay: "IncomingEmailRejected" }],
  ["dynamics-license-invalid", { text: "The license of the user is invalid." }],
  ["dynamics-alert", { text: "Something that no article knows." }],
];

describe("causes of alerts", () => {
  test.each(documented)("%s: %j", (code, row) => {
    expect(alertOf({ level: 3, ...row }).code).toBe(code);
  });

  test("every cause is met by a documented text, and has a sentence and a remedy of its own", () => {
    const met = new Set(documented.map(([code]) => code));
    expect(alertCauses.map(({ code }) => code).filter((code) => !met.has(code))).toEqual([]);
    expect(new Set(alertCauses.map(({ code }) => code)).size).toBe(alertCauses.length);
    for (const { cause, remedy } of alertCauses) {
      expect(cause).toMatch(/^\S.*\.$/);
      expect(remedy).toMatch(/^\S.*\.$/);
    }
  });

  test("only what Dynamics calls passing is transient", () => {
    const passing = alertCauses.filter(({ transient }) => transient).map(({ code }) => code);
    expect(passing).toEqual(["dynamics-transient-error"]);
  });

  test("the text is quoted, and tells which direction is meant", () => {
    expect(alertOf({ text: 'Email cannot be received for @[9606,3f17,"Ann"].' })).toEqual({
      code: "dynamics-alert",
      message: 'Dynamics raised an alert. Dynamics says: "Email cannot be received for Ann.".',
      remedy: "Look at the alerts of the mailbox and of its profile in Dynamics.",
      transient: false,
      direction: "incomingEmail",
    });
    expect(alertOf({ text: "Incoming and outgoing email failed." })).not.toHaveProperty("direction");
    expect(alertOf({ errortypedisplay: "Odd", errordetails: "1" }).message).toContain('"Odd: 1"');
    expect(alertOf({}).message).toBe("Dynamics raised an alert.");
  });
});

describe("texts of alerts", () => {
  test.each([
    [`The mailbox @[9606,${id},"Ann O'Neil"] failed.`, "The mailbox Ann O'Neil failed."],
    [`@[9605,{${id}},"Exchange [EU]"] and @[9606,${otherId},&quot;B&quot;]`, "Exchange [EU] and B"],
    ['<p>Line<br/>two&nbsp;&amp; <b class="x">three</b></p>', "Line two & three"],
    ["<style>p{}</style>A<script>x()</script>B", "A B"],
    ["From <ann@contoso.com>: 3 < 4", "From <ann@contoso.com>: 3 < 4"],
    ["&lt;b&gt;bold&lt;/b&gt;", "bold"],
    [`cut off @[9606,${id},"An`, "cut off"],
    ['@[1,2<b>,"x"]<@[1]b>', "x"],
    ["a\r\n\u001b[31mb", "a [31mb"],
  ])("%j", (text, expected) => {
    expect(readable(text)).toBe(expected);
  });

  test("no text of any kind leaves a token, a tag, a line break or more than its bound", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "@[",
        "9606",
        ",",
        '"',
        "]",
        `@[9606,${id},"n"]`,
        "&quot;",
        "&amp;",
        "&lt;",
        "&gt;",
        "<b>",
        "<",
        "b>",
        "\n",
        "&#64;",
        "&#55296;",
        "\ud800",
        "&#0;",
        "\u0000",
      ),
      fc.string(),
    );
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, text, text, (said, type, details) => {
        const alert = alertOf({ text: said, errortypedisplay: type, errordetails: details, tracecode: 1 });
        expect(alert.message).not.toMatch(/@\[\d|<\/?[a-z]+ ?>|[\r\n]|[\ud800-\udfff](?![\udc00-\udfff])/u);
        expect(alert.message.length).toBeLessThan(900);
        expect(JSON.parse(JSON.stringify(alert))).toEqual(alert);
      }),
      { numRuns: 2000 },
    );
  });

  test("a text made to be slow is not", () => {
    const hostile = [
      "<style".repeat(900),
      "&amp;".repeat(900) + "amp;".repeat(900),
      "@[1,".repeat(1500),
      "<a ".repeat(1500),
    ];
    const started = performance.now();
    for (const text of hostile) readable(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("alerts since the start", () => {
  const start = "2026-11-24T10:00:00Z";
  const row = (text: string, createdon: string, more = {}) => ({ text, createdon, level: 3, tracestatus: 0, ...more });

  test("the newest first, each once, without those from before and those of success", () => {
    const rows = [
      row("old", "2026-11-24T09:59:59Z"),
      row("first", "2026-11-24T10:00:00Z"),
      row("second", "2026-11-24T10:01:00Z"),
      row("first", "2026-11-24T10:02:00Z"),
      row("connected", "2026-11-24T10:03:00Z", { level: 1 }),
      row("ok", "2026-11-24T10:03:00Z", { tracestatus: 1 }),
    ];
    const said = alertsSince(rows, start).map(({ message }) => /"(.*)"/.exec(message)?.[1]);
    expect(said).toEqual(["first", "second"]);
  });

  test("the filter names the records and the moment", () => {
    expect(alertsFilter([id, otherId], start)).toBe(
      `(_regardingobjectid_value eq ${id} or _regardingobjectid_value eq ${otherId}) and createdon ge ${start}`,
    );
  });
});
