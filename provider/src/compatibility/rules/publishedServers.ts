import { endpointsIn, type PublishedEndpoint } from "../../model/mailSystems";
import { hostOfLocation } from "../../model/names";
import type { CheckedConnection } from "../../model/profile";
import { known } from "../../model/unknown";
import { onSides, protocolLabel, sidesWhere, sideWhere } from "../connections";
import { systemOf, told, type ProfileRule, type ProfileSubject, type Subject } from "../rule";
import { and, not, or, where, type Trilean } from "../trilean";

function isPublished({ serverLocation, port, security }: CheckedConnection, endpoint: PublishedEndpoint): Trilean {
  if (serverLocation === null) return true;
  return or(
    ...[endpoint, ...(endpoint.alternatives ?? [])].map((published) =>
      and(
        where(serverLocation, (location) => hostOfLocation(location) === hostOfLocation(published.serverLocation)),
        where(port, (number) => number === published.port),
        security === published.security,
      ),
    ),
  );
}

function endpointOf(connection: CheckedConnection, subject: Subject): PublishedEndpoint | undefined {
  return endpointsIn(systemOf(subject), known(subject.profile.serverAuthority))[connection.protocol];
}

function contradictsPublished(connection: CheckedConnection, subject: Subject): Trilean {
  const endpoint = endpointOf(connection, subject);
  return endpoint !== undefined && not(isPublished(connection, endpoint));
}

const securityLabels = { tls: "TLS", starttls: "STARTTLS", none: "no TLS" } as const;
function addressOf({
  serverLocation,
  port,
  security,
}: Pick<PublishedEndpoint, "serverLocation" | "port" | "security">) {
  return `${hostOfLocation(serverLocation)}:${port} (${securityLabels[security]})`;
}

/** Servers other than those that the mail system's owner publishes. */
export const publishedServerRule: ProfileRule = {
  id: "server-differs-from-published",
  scope: "profile",
  severity: "warning",
  acceptable: true,
  when: "Host, port or security other than the mail system's owner publishes",
  ...onSides<ProfileSubject>("serverLocation", contradictsPublished),
  needs: ["incoming.serverLocation", "incoming.port", "outgoing.serverLocation", "outgoing.port"],
  message: (subject) =>
    sidesWhere(subject, contradictsPublished)
      .map((direction) => {
        const connection = subject.profile[direction];
        const endpoint = endpointOf(connection, subject);
        const host = told(subject, `${direction}.serverLocation`, connection.serverLocation, hostOfLocation);
        const port = told(subject, `${direction}.port`, connection.port);
        return endpoint === undefined
          ? ""
          : `${systemOf(subject).label} publishes ${addressOf(endpoint)} for ${protocolLabel(connection.protocol)}, but ${direction} email goes to ${host}:${port} (${securityLabels[connection.security]}).`;
      })
      .join(" "),
  remedy:
    "Remove serverLocation, port and security to use the published ones; accept the risk where the difference is meant.",
  reference: "https://www.npmjs.com/package/pulumi-server-side-sync",
  source: (subject) => endpointOf(sideWhere(subject, contradictsPublished), subject)?.source,
};
