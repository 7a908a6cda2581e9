import {
  assessCompatibility,
  emailSystems,
  mailSystems,
  type Configuration,
  type EmailSystem,
  type Finding,
} from "pulumi-server-side-sync";
import { ruleLink, table } from "./markdown";

const deployments = ["on-premises", "online"] as const;
type Protocol = "ews" | "imap-smtp" | "pop3-smtp";

/** They depend on this release, on the back end, or on the declaration, not on the mail system. */
const besideThePoint = ["not-testable-directly", "credentials-ignored"];

function cell(
  system: EmailSystem,
  deployment: (typeof deployments)[number],
  protocol: Protocol,
  items: boolean,
): string {
  const { family } = mailSystems[system];
  const exchange = family === "exchange-online" || family === "exchange-server";
  if (exchange !== (protocol === "ews")) return "-";
  const location = family === "exchange-server" ? "https://mail.contoso.com/EWS/Exchange.asmx" : "mail.contoso.com";
  const named = family === "exchange-server" || family === "other" ? { serverLocation: location } : {};
  const judged = (organization: object, credentials: object) =>
    assessCompatibility({
      profile: {
        emailSystem: system,
        organization: { deployment, ...organization },
        ...(protocol === "ews" ? {} : { serverType: protocol }),
        incoming: { ...named, ...(family === "exchange-server" ? { credentials: { source: "user-or-queue" } } : {}) },
        ...(family === "other" ? { outgoing: named } : {}),
      },
      mailbox: {
        emailAddress: "sales@contoso.com",
        appointmentsContactsTasks: items ? "server-side-sync" : "none",
        credentials,
      },
    } as Configuration).findings.filter(({ rule }) => !besideThePoint.includes(rule));
  const found = judged({ fips: false }, { type: "access-token", accessToken: secret });
  const onPaper = judged({ fips: true, backend: "dynamics365", url }, { type: "password", password: secret });
  return verdict(found, family === "consumer-microsoft" ? onPaper.filter(({ rule }) => limits.includes(rule)) : []);
}
const secret = { env: "SECRET", version: "1" };
const url = "https://crm.contoso.com/contoso";

/** What the page supports and an organization cannot pass: these mail systems take OAuth only, and are not FIPS compliant (S3). */
const limits: readonly string[] = ["consumer-microsoft-mail-needs-oauth", "fips-mail-server"];

function verdict(findings: readonly Finding[], onPaper: readonly Finding[]): string {
  const of = (severity: Finding["severity"]) => findings.filter((finding) => finding.severity === severity);
  const [errors, warnings] = [of("error"), of("warning")];
  if (errors.length > 0) return `no: ${errors.map(({ rule }) => ruleLink(rule)).join(", ")}`;
  if (onPaper.length > 0)
    return `on paper (S2, S3), but in an organization ${onPaper.map(({ rule }) => ruleLink(rule)).join(", ")}`;
  return warnings.length === 0 ? "yes" : `yes, but ${warnings.map(({ rule }) => ruleLink(rule)).join(", ")}`;
}

/** The support matrix, judged by the rules themselves on each preset alone. */
export function matrixSection(): string {
  const sections = deployments.map((deployment) => {
    const rows = emailSystems.map((system) => [
      `${mailSystems[system].label} (\`${system}\`)`,
      ...(["ews", "imap-smtp", "pop3-smtp"] as const).map((protocol) => cell(system, deployment, protocol, false)),
      items(system, deployment),
    ]);
    const title = deployment === "online" ? "Dynamics 365 online" : "Dynamics 365 Customer Engagement (on-premises)";
    const head = ["Mail system", "Email over EWS", "IMAP/SMTP", "POP3/SMTP", "Appointments, contacts, and tasks"];
    return `### ${title}\n\n${table(head, rows)}`;
  });
  return `## Support matrix

Each mail system with its preset alone and a mailbox that signs in with a token, in a deployment without FIPS. A warning or an error links to its rule. "On paper": the page lists the mail system, but its owner takes no passwords any more and Dynamics has no other sign-in for it; and it is not FIPS 140-2 compliant.

${sections.join("\n\n")}`;
}

function items(system: EmailSystem, deployment: (typeof deployments)[number]): string {
  const overExchange = cell(system, deployment, "ews", true);
  return overExchange === "-" ? cell(system, deployment, "imap-smtp", true) : overExchange;
}
