import { emailSystems, mailSystems, type EmailSystem, type MailSystem } from "pulumi-server-side-sync";
import { table } from "./markdown";

function ofCloud(label: string, system: EmailSystem, endpoints: MailSystem["endpoints"]) {
  return Object.entries(endpoints).map(([protocol, endpoint]) => ({
    name: `${label} (\`${system}\`)`,
    protocol,
    endpoint,
  }));
}

/** What each mail system publishes about itself. */
export function presetSection(): string {
  const rows = emailSystems.flatMap((system) => {
    const { label, endpoints, clouds } = mailSystems[system];
    const known = [
      ...ofCloud(label, system, endpoints),
      ...Object.entries(clouds ?? {}).flatMap(([cloud, own]) => ofCloud(`${label}, ${cloud}`, system, own)),
    ];
    if (known.length === 0)
      return [[`${label} (\`${system}\`)`, "", "none: `serverLocation` is yours to set", "", "", ""]];
    return known.map(({ name, protocol, endpoint }) => [
      name,
      protocol.toUpperCase(),
      `${endpoint.serverLocation}:${endpoint.port} (${endpoint.security})`,
      (endpoint.alternatives ?? [])
        .map((other) => `${other.serverLocation}:${other.port} (${other.security})`)
        .join(", "),
      `<${endpoint.source}>`,
      endpoint.dated === undefined ? endpoint.read : `${endpoint.read} (page of ${endpoint.dated})`,
    ]);
  });
  return `## Presets

What \`emailSystem\` fills in, for on-premises and online alike; with \`serverAuthority: "us-government"\` or \`"china"\` what that cloud has. Every field can be overridden; an override that is neither the published endpoint nor one of the others warns (\`server-differs-from-published\`).

${table(["Mail system", "Protocol", "Endpoint", "Also published", "Source", "Read"], rows)}`;
}
