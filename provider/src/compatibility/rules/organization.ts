import { onlineSupportPage, noEmailRouter, supportPage, type ProfileRule, type Subject } from "../rule";
import { and, is, where } from "../trilean";
import { isSystem } from "../connections";

/** Domains of Dynamics 365 online: public and GCC, GCC High, DoD, China, and Germany until 2021. */
const cloudDomains = ["dynamics.com", "microsoftdynamics.us", "appsplatform.us", "dynamics.cn", "microsoftdynamics.de"];
/** Names that never reach Microsoft: reserved ones (RFC 6761) and addresses of simulators. */
const reserved = /(^|\.)(localhost|test|example|invalid)$|^[\d.]+$|^\[/;

function hostOf({ organization }: Subject): string {
  return organization.url === undefined ? "" : new URL(organization.url).hostname.toLowerCase();
}

function contradictsUrl(subject: Subject): boolean {
  const host = hostOf(subject);
  if (host === "" || reserved.test(host)) return false;
  const cloud = cloudDomains.some((domain) => host.endsWith(`.${domain}`));
  return cloud !== (subject.organization.deployment === "online");
}

/** What the organization says of itself and of how email is used. */
export const organizationRules: readonly ProfileRule[] = [
  {
    id: "deployment-contradicts-url",
    scope: "profile",
    severity: "error",
    when: "The organization's URL is one of Dynamics 365 online and the deployment is on-premises, or the other way round",
    path: "organization.deployment",
    needs: [],
    applies: contradictsUrl,
    message: (subject) =>
      subject.organization.deployment === "online"
        ? `The organization is declared as online, but ${hostOf(subject)} is no host of Dynamics 365 online.`
        : `The organization is declared as on-premises, but ${hostOf(subject)} is a host of Dynamics 365 online.`,
    remedy: 'Set deployment to "online" or "on-premises" as it is, or correct the url.',
    reference: onlineSupportPage,
  },
  {
    id: "organization-url-required",
    scope: "profile",
    severity: "error",
    when: "The dynamics365 back end without the organization's URL",
    path: "organization.url",
    needs: [],
    applies: ({ organization }) => organization.backend === "dynamics365" && organization.url === undefined,
    message: () => 'backend: "dynamics365" works through the Web API of the organization, and its url is not declared.',
    remedy: "Set url, for example https://crm.contoso.com/Contoso, or pulumi config set server-side-sync:url.",
    reference:
      "https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors",
  },
  {
    id: "outlook-on-the-web-hybrid",
    scope: "profile",
    severity: "error",
    acceptable: true,
    when: "On-premises with Exchange Online, and people track in Outlook on the web",
    rows: ["S5"],
    path: "organization.trackInOutlookOnTheWeb",
    needs: ["emailSystem", "organization.trackInOutlookOnTheWeb"],
    applies: (subject) =>
      and(
        subject.organization.deployment === "on-premises",
        isSystem(subject, "exchange-online"),
        where(subject.organization.trackInOutlookOnTheWeb, (tracks) => tracks),
      ),
    message: () => "Tracking in Outlook on the web is not supported with Dynamics 365 on-premises and Exchange Online.",
    remedy: "Track in another Outlook, and set trackInOutlookOnTheWeb: false; or accept the risk.",
    reference: supportPage,
  },
  {
    id: "bulk-email-campaigns",
    scope: "profile",
    severity: "error",
    when: "Mass e-mail marketing campaigns through server-side synchronization",
    rows: ["S11"],
    path: "organization.bulkEmailCampaigns",
    needs: ["organization.bulkEmailCampaigns"],
    applies: ({ organization }) => is(organization.bulkEmailCampaigns, true),
    message: () => "Mass e-mail marketing campaigns through server-side synchronization are not supported.",
    remedy: `Send campaigns through a marketing service, and set bulkEmailCampaigns: false. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "custom-email-provider",
    scope: "profile",
    severity: "error",
    when: "Extended EWS, POP3 or SMTP, or a custom e-mail provider",
    rows: ["S12"],
    path: "organization.customEmailProviders",
    needs: ["organization.customEmailProviders"],
    applies: ({ organization }) => is(organization.customEmailProviders, true),
    message: () => "Extending EWS, POP3 or SMTP, or a custom e-mail provider, is not supported.",
    remedy: `Use one of the supported mail systems as it is, and set customEmailProviders: false. ${noEmailRouter}`,
    reference: supportPage,
  },
];
