import { z } from "zod";
import { credentialsSchema } from "./credentials";
import { text } from "./fields";
import { organizationSchema } from "./organization";
import { connectionSchema, profileSchema } from "./profile";

/** As facts carry them: what signs in, and references to secrets where there are any. */
const credentialFacts = z.looseObject({
  source: z.enum(credentialsSchema.options.map(({ shape }) => [...shape.source.values][0] ?? "")),
  username: text(250).optional(),
});

const connectionFacts = connectionSchema
  .required({ protocol: true, port: true, security: true, authenticationProtocol: true, useImpersonation: true })
  .extend({ credentials: credentialFacts.optional() });

/**
 * What the facts of a profile are in an update. A profile of the same program has checked its own; those of another
 * stack, or made by hand, are whatever stands there.
 */
export const factsSchema = profileSchema
  .pick({
    emailSystem: true,
    serverType: true,
    autodiscover: true,
    useSameSettingsForOutgoing: true,
    exchangeOnlineTenantId: true,
    serverAuthority: true,
    maxConcurrentConnections: true,
    connectionTimeoutMs: true,
    processEmailsReceivedAfter: true,
    fipsCompliant: true,
    multiFactorAuthentication: true,
    caCertificates: true,
  })
  .required({ serverType: true, autodiscover: true, useSameSettingsForOutgoing: true })
  .extend({
    organization: organizationSchema,
    id: text(200).optional(),
    credentialsRevision: z.int().optional(),
    incoming: connectionFacts,
    outgoing: connectionFacts,
  });
