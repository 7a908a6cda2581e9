import type { RuleId } from "pulumi-server-side-sync";
import {
  ews,
  exchange2016,
  gmail,
  guid,
  host,
  mailbox,
  online,
  within,
  type Mailbox,
  type Profile,
} from "./declarations";

/** A declaration close to the border of a rule: all of its conditions but one, or another way to fulfil them. */
export interface Variant {
  rule: RuleId;
  what: string;
  fires: boolean;
  profile: Profile;
  mailbox?: Mailbox;
}

const account = { source: "email-server-profile", username: "svc@contoso.com", password: "p" } as const;
const windows = { ...account, username: "CONTOSO\\svc" } as const;
const perMailbox = { source: "user-or-queue" } as const;
const oauth = { source: "oauth", clientId: guid, clientSecret: "s", tenantId: guid } as const;
const cloud = { deployment: "online" } as const;
const organization = { backend: "dynamics365", url: "https://crm.contoso.com/contoso" } as const;
const items = { appointmentsContactsTasks: "server-side-sync" } as const;
const clear = { security: "none" } as const;
const withBasic = { allowBasicOnNonSecureChannel: false };
const impersonating = (profile: Profile): Profile => ({
  ...profile,
  incoming: { ...ews, credentials: account },
});

const near = (rule: RuleId, what: string, profile: Profile, bound?: Mailbox): Variant => ({
  rule,
  what,
  fires: false,
  profile,
  ...(bound === undefined ? {} : { mailbox: bound }),
});
const hit = (rule: RuleId, what: string, profile: Profile, bound?: Mailbox): Variant => ({
  ...near(rule, what, profile, bound),
  fires: true,
});

export const variants: Variant[] = [
  near("ssl-required", "an anonymous relay", {
    ...gmail,
    outgoing: { ...clear, credentials: { source: "anonymous" } },
  }),
  hit("ssl-required", "the outgoing side", { ...gmail, outgoing: clear }),
  hit(
    "ssl-required",
    "online, whatever the deployment setting says",
    within({ ...cloud, deploymentSettings: { allowNonSslEmail: true } }, { ...gmail, incoming: clear }),
  ),
  hit("ssl-required", "Exchange without credentials", {
    ...exchange2016,
    incoming: { serverLocation: "http://mail.contoso.com/EWS/Exchange.asmx", ...clear },
  }),
  near(
    "basic-without-tls",
    "another method",
    within({ deploymentSettings: withBasic }, { ...gmail, incoming: { ...clear, authenticationProtocol: "ntlm" } }),
  ),
  near(
    "basic-without-tls",
    "Basic with TLS",
    within({ deploymentSettings: withBasic }, { ...gmail, incoming: { authenticationProtocol: "basic" } }),
  ),
  near("url-scheme-and-ssl", "a URL for IMAP", {
    ...gmail,
    incoming: { serverLocation: "https://mail.contoso.com/x", ...clear },
  }),
  hit("url-scheme-and-ssl", "https without TLS", { ...exchange2016, incoming: { ...ews, ...clear } }),
  near("url-scheme-and-ssl", "http without TLS", {
    ...exchange2016,
    incoming: { serverLocation: "http://mail.contoso.com/EWS/Exchange.asmx", ...clear },
  }),
  near("url-scheme-and-ssl", "no scheme at all", { ...exchange2016, incoming: { serverLocation: "mail.contoso.com" } }),
  near("same-settings-for-outgoing", "settings of its own, not declared as the same", {
    ...exchange2016,
    useSameSettingsForOutgoing: false,
    outgoing: { ...ews, port: 8443 },
  }),
  hit("same-settings-for-outgoing", "another port", {
    ...exchange2016,
    useSameSettingsForOutgoing: true,
    outgoing: { port: 8443 },
  }),
  near("same-settings-for-outgoing", "IMAP and SMTP, which always differ", {
    ...gmail,
    useSameSettingsForOutgoing: true,
    outgoing: { port: 465 },
  }),
  near("same-settings-for-outgoing", "the same port, said twice", {
    ...exchange2016,
    useSameSettingsForOutgoing: true,
    outgoing: { port: 443 },
  }),
  hit("server-differs-from-published", "the same host and port without TLS", {
    ...gmail,
    incoming: { port: 993, ...clear },
  }),
  near("concurrent-connections-online", "exactly 300", within(cloud, { ...gmail, maxConcurrentConnections: 300 })),
  hit(
    "exchange-online-same-tenant",
    "Exchange Online over IMAP",
    within(cloud, { ...online, serverType: "imap-smtp" }),
  ),
  near("ad-authentication-disallowed", "declared as allowed", {
    ...within(
      { ...cloud, deploymentSettings: { allowAdBasedAuthentication: true } },
      { ...exchange2016, incoming: { ...ews, authenticationProtocol: "ntlm" } },
    ),
  }),
  hit("credentials-missing", "the outgoing side alone", {
    ...within(organization, exchange2016),
    incoming: { ...ews, credentials: perMailbox },
    outgoing: ews,
  }),
  near("port-contradicts-url", "the port of the URL", {
    ...exchange2016,
    incoming: { serverLocation: "https://mail.contoso.com:8443/EWS/Exchange.asmx", port: 8443 },
  }),
  near("port-contradicts-url", "a host", { ...gmail, incoming: { ...host, port: 8443 } }),
  hit("windows-authentication-without-exchange", "Negotiate over SMTP", {
    ...gmail,
    outgoing: { authenticationProtocol: "negotiate" },
  }),
  near("exchange-online-other-tenant", "on-premises", { ...online, incoming: { credentials: oauth } }),
  near("exchange-online-profile-not-creatable", "a hybrid profile", within(organization, online)),
  near("exchange-online-ews-retirement", "Exchange Online over IMAP", { ...online, serverType: "imap-smtp" }),
  near("exchange-online-ews-retirement", "Exchange Server", exchange2016),
  near("tenant-id", "both places say the same", {
    ...online,
    incoming: { credentials: { ...oauth, tenantId: guid } },
    exchangeOnlineTenantId: guid,
  }),
  near("tenant-id", "in the credentials alone", { ...online, incoming: { credentials: oauth } }),
  near("tenant-id", "not OAuth", { ...online, exchangeOnlineTenantId: guid }),
  hit("tenant-id", "in the outgoing credentials", {
    ...online,
    useSameSettingsForOutgoing: false,
    outgoing: { credentials: oauth },
    exchangeOnlineTenantId: guid.replace("3", "4"),
  }),
  near("credentials-ignored", "none at all", online, mailbox({ credentials: undefined })),
  near(
    "credentials-ignored",
    "only items are synchronized, over incoming",
    { ...exchange2016, incoming: { ...ews, credentials: perMailbox } },
    mailbox({ incomingEmail: "none", outgoingEmail: "none", ...items }),
  ),
  hit(
    "credentials-ignored",
    "items by the profile's account",
    { ...exchange2016, incoming: { ...ews, credentials: account } },
    mailbox({ incomingEmail: "none", outgoingEmail: "none", ...items }),
  ),
  hit(
    "credentials-ignored",
    "items, and only outgoing takes the mailbox's own, untested",
    {
      ...exchange2016,
      useSameSettingsForOutgoing: false,
      incoming: { ...ews, credentials: account },
      outgoing: { ...ews, credentials: perMailbox },
    },
    mailbox({ incomingEmail: "none", outgoingEmail: "none", ...items }),
  ),
  near(
    "credentials-missing",
    "the profile's own account",
    { ...gmail, incoming: { credentials: account }, outgoing: { credentials: account } },
    mailbox({ credentials: undefined }),
  ),
  near(
    "credentials-missing",
    "in an organization, which may have them",
    within(organization, gmail),
    mailbox({ credentials: undefined }),
  ),
  near(
    "credentials-missing",
    "nothing is tested",
    gmail,
    mailbox({ credentials: undefined, incomingEmail: "none", outgoingEmail: "none" }),
  ),
  near(
    "authentication-protocol-mismatch",
    "a direction that is not tested",
    { ...gmail, outgoing: { authenticationProtocol: "oauth" } },
    mailbox({ outgoingEmail: "none" }),
  ),
  near(
    "authentication-protocol-mismatch",
    "a side that the mailbox does not sign in to",
    { ...gmail, outgoing: { authenticationProtocol: "basic", credentials: account } },
    mailbox({ credentials: { type: "access-token", accessToken: "t" } }),
  ),
  hit(
    "authentication-protocol-mismatch",
    "a token by Basic",
    { ...gmail, outgoing: { authenticationProtocol: "basic" } },
    mailbox({ credentials: { type: "access-token", accessToken: "t" } }),
  ),
  hit("authentication-protocol-mismatch", "an account by OAuth", {
    ...gmail,
    outgoing: { authenticationProtocol: "oauth", credentials: account },
  }),
  near("authentication-protocol-mismatch", "an account by Basic", {
    ...gmail,
    outgoing: { authenticationProtocol: "basic", credentials: account },
  }),
  near("username-not-upn", "with the direct back end, where NTLM takes it", {
    ...exchange2016,
    incoming: { ...ews, credentials: windows },
  }),
  near(
    "username-not-upn",
    "of a mailbox, with the direct back end",
    { ...exchange2016, incoming: { ...ews, credentials: perMailbox } },
    mailbox({ credentials: { type: "password", username: "CONTOSO\\x", password: "p" } }),
  ),
  near(
    "username-not-upn",
    "of a mailbox over IMAP",
    within(organization, { ...gmail, serverType: "imap-smtp" }),
    mailbox({ credentials: { type: "password", username: "CONTOSO\\x", password: "p" } }),
  ),
  near(
    "username-not-upn",
    "of an account over SMTP",
    within(organization, { ...gmail, outgoing: { credentials: windows } }),
  ),
  near(
    "username-not-upn",
    "of a mailbox that does not sign in",
    within(organization, impersonating(exchange2016)),
    mailbox({ credentials: { type: "password", username: "CONTOSO\\x", password: "p" } }),
  ),
  near(
    "username-not-upn",
    "a user principal name",
    within(organization, { ...exchange2016, incoming: { ...ews, credentials: perMailbox } }),
    mailbox({ credentials: { type: "password", username: "x@contoso.com", password: "p" } }),
  ),
  near(
    "act-needs-exchange",
    "nothing of the kind is synchronized",
    gmail,
    mailbox({ appointmentsContactsTasks: "none" }),
  ),
  near("act-needs-impersonation", "nothing of the kind is synchronized", impersonating(exchange2016), mailbox()),
  near(
    "act-needs-impersonation",
    "IMAP, which is an error of its own",
    { ...gmail, incoming: { credentials: account } },
    mailbox(items),
  ),
  near(
    "act-needs-impersonation",
    "each mailbox signs in",
    { ...exchange2016, incoming: { ...ews, credentials: perMailbox } },
    mailbox(items),
  ),
  near(
    "act-for-queue",
    "nothing of the kind is synchronized",
    exchange2016,
    mailbox({ regarding: { queue: "Support" } }),
  ),
  hit("act-for-queue", "a forward mailbox", exchange2016, mailbox({ ...items, regarding: { forwardMailbox: "All" } })),
  near(
    "manual-tracking-with-pop-smtp",
    "no email by server-side synchronization",
    gmail,
    mailbox({ manualTrackingInOutlook: true, incomingEmail: "none", outgoingEmail: "outlook" }),
  ),
  near(
    "manual-tracking-with-pop-smtp",
    "a forward mailbox",
    gmail,
    mailbox({ manualTrackingInOutlook: true, regarding: { forwardMailbox: "All" } }),
  ),
  near("queue-by-outlook", "a user", gmail, mailbox({ regarding: { user: "ann" }, incomingEmail: "outlook" })),
  near(
    "queue-by-outlook",
    "a queue by server-side synchronization",
    gmail,
    mailbox({ regarding: { queue: "Support" } }),
  ),
  hit(
    "queue-by-outlook",
    "outgoing email of a queue",
    gmail,
    mailbox({ regarding: { queue: "Support" }, outgoingEmail: "outlook" }),
  ),
  near(
    "forward-mailbox-incoming",
    "a user by Outlook",
    gmail,
    mailbox({ regarding: { user: "ann" }, incomingEmail: "outlook" }),
  ),
  hit(
    "forward-mailbox-incoming",
    "by a forward mailbox",
    gmail,
    mailbox({ regarding: { forwardMailbox: "All" }, incomingEmail: "forward-mailbox" }),
  ),
  near(
    "delete-emails-on-user-mailbox",
    "a queue",
    gmail,
    mailbox({ regarding: { queue: "Support" }, deleteEmailsAfterProcessing: true }),
  ),
  near(
    "delete-emails-on-user-mailbox",
    "a forward mailbox",
    gmail,
    mailbox({ regarding: { forwardMailbox: "All" }, deleteEmailsAfterProcessing: true }),
  ),
  near("outlook-on-the-web-hybrid", "Exchange Server", within({ trackInOutlookOnTheWeb: true }, exchange2016)),
  near(
    "gmail-app-password",
    "a direction that is not tested",
    gmail,
    mailbox({ incomingEmail: "none", outgoingEmail: "none" }),
  ),
  near("exchange-online-smtp-auth-basic", "EWS", { ...online, incoming: { credentials: perMailbox } }, mailbox()),
  near(
    "exchange-online-basic-authentication",
    "only outgoing SMTP",
    { ...online, serverType: "imap-smtp" },
    mailbox({ incomingEmail: "none" }),
  ),
  near("gmail-app-password", "another system's account", {
    emailSystem: "yahoo-mail",
    outgoing: { credentials: account },
  }),
  near("impersonation-needs-username-and-password", "no impersonation", {
    ...exchange2016,
    incoming: { ...ews, credentials: perMailbox },
  }),
  near("impersonation-needs-username-and-password", "IMAP, which is an error of its own", {
    ...gmail,
    incoming: { useImpersonation: true },
  }),
  hit("credentials-contradict-system", "Entra OAuth for Gmail", { ...gmail, incoming: { credentials: oauth } }),
  near("credentials-contradict-system", "Entra OAuth for Exchange Online", {
    ...online,
    incoming: { credentials: oauth },
  }),
  near(
    "oauth-credentials-online-only",
    "passwords",
    within(organization, { ...gmail, incoming: { authenticationProtocol: "basic" } }),
  ),
  hit("oauth-credentials-incomplete", "the outgoing side alone", {
    ...online,
    useSameSettingsForOutgoing: false,
    outgoing: { credentials: { ...oauth, clientSecret: undefined } },
  }),
  near("server-location-required", "autodiscover", { emailSystem: "exchange-server-2016", autodiscover: true }),
  hit("anonymous-with-exchange", "the outgoing side", {
    ...exchange2016,
    useSameSettingsForOutgoing: false,
    incoming: { ...ews, credentials: perMailbox },
    outgoing: { ...ews, credentials: { source: "anonymous" } },
  }),
  near("hosted-on-required", "an organization without hybrid Exchange", exchange2016, mailbox()),
  hit("same-settings-for-outgoing", "another password of the same account", {
    ...exchange2016,
    incoming: { ...ews, credentials: account },
    useSameSettingsForOutgoing: true,
    outgoing: { credentials: { ...account, password: "another" } },
  }),
  near("same-settings-for-outgoing", "other credentials without it", {
    ...exchange2016,
    incoming: { ...ews, credentials: account },
    useSameSettingsForOutgoing: false,
    outgoing: { ...ews, credentials: perMailbox },
  }),
  near(
    "multi-factor-authentication",
    "the same premises",
    within(cloud, { ...online, multiFactorAuthentication: true }),
  ),
  near("fips-mail-server", "Exchange", within({ fips: true }, exchange2016)),
  near("exchange-server-profile-for-exchange-online-mailbox", "Gmail", gmail, mailbox({ hostedOn: "exchange-online" })),
  hit("server-type-contradicts-system", "Exchange Online as Exchange Server", {
    ...online,
    serverType: "exchange-server-hybrid",
    incoming: { ...ews, credentials: perMailbox },
  }),
  hit("mixed-exchange-and-pop-smtp", "POP3 incoming and Exchange outgoing", {
    ...gmail,
    serverType: "pop3-smtp",
    incoming: host,
    outgoing: { protocol: "ews", ...ews },
  }),
];
