import { ews, exchange2016, gmail, host, later, mailbox, online, within, type Case } from "./declarations";

const account = { source: "email-server-profile", username: "svc", password: { env: "SVC" } } as const;
const perMailbox = { source: "user-or-queue" } as const;

/** Rules that the server itself enforces (0x8005E2xx). */
export const serverRuleCases: Case[] = [
  {
    row: "E203",
    rule: "anonymous-with-exchange",
    severity: "error",
    fires: [{ ...exchange2016, incoming: { ...ews, credentials: { source: "anonymous" } } }],
    passes: [{ ...gmail, outgoing: { credentials: { source: "anonymous" } } }],
    notJudged: [[exchange2016], "incoming.credentials.source"],
  },
  {
    row: "E204",
    rule: "autodiscover-needs-exchange",
    severity: "error",
    fires: [{ ...gmail, autodiscover: true }],
    passes: [{ emailSystem: "exchange-server-2019", autodiscover: true }],
  },
  {
    row: "E205",
    rule: "autodiscover-with-server-location",
    severity: "error",
    fires: [{ ...exchange2016, autodiscover: true }],
    passes: [exchange2016],
    unknown: [
      [{ ...exchange2016, autodiscover: true, incoming: { serverLocation: later } }],
      "incoming.serverLocation, known only in the update",
    ],
  },
  {
    row: "E214",
    rule: "pop3-needs-user-credentials",
    severity: "error",
    fires: [{ ...gmail, serverType: "pop3-smtp", incoming: { credentials: account } }],
    passes: [{ ...gmail, serverType: "imap-smtp", incoming: { credentials: account } }],
    notJudged: [[{ ...exchange2016, incoming: { protocol: "pop3", ...host } }], "incoming.credentials.source"],
  },
  {
    row: "E214: outgoing may differ",
    rule: "pop3-needs-user-credentials",
    severity: "error",
    fires: [{ ...gmail, serverType: "pop3-smtp", incoming: { credentials: { source: "anonymous" } } }],
    passes: [{ ...gmail, serverType: "pop3-smtp", outgoing: { credentials: account } }],
  },
  {
    row: "E236",
    rule: "impersonation-needs-exchange",
    severity: "error",
    fires: [{ ...gmail, incoming: { useImpersonation: true } }],
    passes: [{ ...exchange2016, incoming: { ...ews, useImpersonation: true, credentials: account } }],
  },
  {
    row: "E24D, E24E",
    rule: "impersonation-needs-username-and-password",
    severity: "error",
    fires: [{ ...exchange2016, incoming: { ...ews, useImpersonation: true, credentials: perMailbox } }],
    passes: [{ ...exchange2016, incoming: { ...ews, useImpersonation: true, credentials: account } }],
    notJudged: [[{ ...exchange2016, incoming: { ...ews, useImpersonation: true } }], "incoming.credentials.source"],
  },
  {
    row: "E202",
    rule: "windows-integrated-online",
    severity: "error",
    fires: [
      within(
        { deployment: "online" },
        { ...exchange2016, incoming: { ...ews, credentials: { source: "windows-integrated" } } },
      ),
    ],
    passes: [{ ...exchange2016, incoming: { ...ews, credentials: { source: "windows-integrated" } } }],
    notJudged: [[within({ deployment: "online" }, exchange2016)], "incoming.credentials.source"],
  },
  {
    row: "E245",
    rule: "server-to-server-needs-online-or-hybrid",
    severity: "error",
    fires: [{ ...exchange2016, incoming: { ...ews, credentials: { source: "server-to-server" } } }],
    passes: [{ ...online, incoming: { credentials: { source: "server-to-server" } } }],
    notJudged: [[exchange2016], "incoming.credentials.source"],
  },
  {
    row: "E23C online, undeclared",
    rule: "ad-authentication-disallowed",
    severity: "warning",
    acceptable: true,
    fires: [
      within({ deployment: "online" }, { ...exchange2016, incoming: { ...ews, authenticationProtocol: "ntlm" } }),
    ],
    passes: [{ ...exchange2016, incoming: { ...ews, authenticationProtocol: "ntlm" } }],
  },
  {
    row: "E23C declared",
    rule: "ad-authentication-disallowed",
    severity: "error",
    fires: [
      within(
        { deploymentSettings: { allowAdBasedAuthentication: false } },
        { ...exchange2016, incoming: { ...ews, authenticationProtocol: "negotiate" } },
      ),
    ],
    passes: [within({ deploymentSettings: { allowAdBasedAuthentication: false } }, exchange2016)],
  },
  {
    row: "E23D",
    rule: "basic-without-tls",
    severity: "error",
    fires: [
      within(
        { deploymentSettings: { allowBasicOnNonSecureChannel: false, allowNonSslEmail: true } },
        { ...gmail, incoming: { security: "none", authenticationProtocol: "basic" } },
      ),
    ],
    passes: [
      within(
        { deploymentSettings: { allowBasicOnNonSecureChannel: true, allowNonSslEmail: true } },
        { ...gmail, incoming: { security: "none", authenticationProtocol: "basic" } },
      ),
    ],
    notJudged: [
      [{ ...gmail, incoming: { security: "none", authenticationProtocol: "basic" } }],
      "organization.deploymentSettings.allowBasicOnNonSecureChannel",
    ],
  },
  {
    row: "E23E, E23F",
    rule: "url-scheme-and-ssl",
    severity: "error",
    fires: [{ ...exchange2016, incoming: { ...ews, security: "none" } }],
    passes: [exchange2016],
    unknown: [
      [{ ...exchange2016, incoming: { serverLocation: later } }],
      "incoming.serverLocation, known only in the update",
    ],
  },
  {
    row: "E240, E241",
    rule: "url-scheme-and-ssl",
    severity: "error",
    fires: [
      { ...exchange2016, incoming: { serverLocation: "http://mail.contoso.com/EWS/Exchange.asmx", security: "tls" } },
    ],
    passes: [{ emailSystem: "other", incoming: host, outgoing: host }],
  },
  {
    row: "URL and port",
    rule: "port-contradicts-url",
    severity: "error",
    fires: [
      {
        ...exchange2016,
        incoming: { serverLocation: "https://mail.contoso.com:8443/EWS/Exchange.asmx", port: 443 },
      },
    ],
    passes: [exchange2016],
    unknown: [[{ ...exchange2016, incoming: { ...ews, port: later } }], "incoming.port, known only in the update"],
  },
  {
    row: "security of HTTP",
    rule: "starttls-with-exchange",
    severity: "error",
    fires: [{ ...exchange2016, incoming: { ...ews, security: "starttls" } }],
    passes: [{ ...exchange2016, incoming: { ...ews, security: "tls" } }],
  },
  {
    row: "E23B: Windows sign-in to a public mail system",
    rule: "windows-authentication-without-exchange",
    severity: "error",
    fires: [{ ...gmail, incoming: { authenticationProtocol: "ntlm" } }],
    passes: [{ ...exchange2016, incoming: { ...ews, authenticationProtocol: "ntlm" } }],
  },
  {
    row: "E23B: Windows sign-in to a server of one's own",
    rule: "windows-authentication-without-exchange",
    severity: "warning",
    acceptable: true,
    fires: [{ emailSystem: "other", incoming: { ...host, authenticationProtocol: "negotiate" }, outgoing: host }],
    passes: [{ emailSystem: "other", incoming: host, outgoing: host }],
  },
  {
    row: "E238",
    rule: "same-settings-for-outgoing",
    severity: "error",
    fires: [
      {
        ...exchange2016,
        useSameSettingsForOutgoing: true,
        outgoing: { serverLocation: "https://other.contoso.com/EWS/Exchange.asmx" },
      },
    ],
    passes: [{ ...exchange2016, useSameSettingsForOutgoing: true }],
    unknown: [
      [{ ...exchange2016, useSameSettingsForOutgoing: true, outgoing: { serverLocation: later } }],
      "outgoing.serverLocation, known only in the update",
    ],
  },
  {
    row: "E238: other credentials",
    rule: "same-settings-for-outgoing",
    severity: "error",
    fires: [
      {
        ...exchange2016,
        incoming: { ...ews, credentials: account },
        useSameSettingsForOutgoing: true,
        outgoing: { credentials: { ...account, username: "other" } },
      },
    ],
    passes: [
      {
        ...exchange2016,
        incoming: { ...ews, credentials: account },
        useSameSettingsForOutgoing: true,
        outgoing: { credentials: account },
      },
    ],
    unknown: [
      [
        {
          ...exchange2016,
          incoming: { ...ews, credentials: account },
          useSameSettingsForOutgoing: true,
          outgoing: { credentials: { ...account, username: later } },
        },
      ],
      "outgoing.credentials.username, known only in the update",
    ],
  },
  {
    row: "E238: a relay that would be sent the mailboxes' passwords",
    rule: "same-settings-for-outgoing",
    severity: "error",
    fires: [
      {
        ...gmail,
        useSameSettingsForOutgoing: true,
        outgoing: { ...host, credentials: { source: "anonymous" } },
      },
    ],
    passes: [{ ...gmail, useSameSettingsForOutgoing: true, outgoing: host }],
  },
  {
    row: "E210",
    rule: "queue-by-outlook",
    severity: "error",
    fires: [exchange2016, mailbox({ regarding: { queue: "Support" }, incomingEmail: "outlook" })],
    passes: [exchange2016, mailbox({ regarding: { user: "Ann" }, incomingEmail: "outlook" })],
  },
  {
    row: "E213, E225",
    rule: "forward-mailbox-outgoing",
    severity: "error",
    fires: [gmail, mailbox({ regarding: { forwardMailbox: "All" }, outgoingEmail: "server-side-sync" })],
    passes: [gmail, mailbox({ regarding: { forwardMailbox: "All" } })],
  },
  {
    row: "E233",
    rule: "delete-emails-on-user-mailbox",
    severity: "error",
    fires: [gmail, mailbox({ deleteEmailsAfterProcessing: true })],
    passes: [gmail, mailbox({ deleteEmailsAfterProcessing: true, regarding: { queue: "Support" } })],
  },
  {
    row: "copies of production",
    rule: "address-outside-allowed-domains",
    severity: "error",
    fires: [within({ allowedEmailDomains: ["Test.Contoso.com"] }, gmail), mailbox()],
    passes: [
      within({ allowedEmailDomains: ["Test.Contoso.com"] }, gmail),
      mailbox({ emailAddress: "sales@test.contoso.com" }),
    ],
    notJudged: [[gmail, mailbox()], "organization.allowedEmailDomains"],
    unknown: [
      [within({ allowedEmailDomains: ["contoso.com"] }, gmail), mailbox({ emailAddress: later })],
      "emailAddress, known only in the update",
    ],
  },
];
