import { emailSystems, mailSystems } from "pulumi-server-side-sync";
import { table } from "./markdown";

/** What each mail system publishes about itself. */
export function presetSection(): string {
  const rows = emailSystems.flatMap((system) => {
    const { label, endpoints } = mailSystems[system];
    const known = Object.entries(endpoints);
    if (known.length === 0)
      return [[`${label} (\`${system}\`)`, "", "none: `serverLocation` is yours to set", "", "", ""]];
    return known.map(([protocol, endpoint]) => [
      `${label} (\`${system}\`)`,
      protocol.toUpperCase(),
      `${endpoint.serverLocation}:${endpoint.port} (${endpoint.security})`,
      (endpoint.alternatives ?? [])
        .map((other) => `${other.serverLocation}:${other.port} (${other.security})`)
        .join(", "),
      `<${endpoint.source}>`,
      endpoint.read,
    ]);
  });
  return `## Presets

What \`emailSystem\` fills in, for on-premises and online alike. Every field can be overridden; an override that is neither the published endpoint nor one of the others warns (\`server-differs-from-published\`).

${table(["Mail system", "Protocol", "Endpoint", "Also published", "Source", "Read"], rows)}`;
}
