import * as pulumi from "@pulumi/pulumi";
import { assessProfile } from "../compatibility/assess";
import { ServerSideSyncError } from "../errors";
import { factLeaves, isSecretLeaf, setAt } from "../model/facts";
import { settingsTakenOver } from "../model/normalizeProfile";
import { at, type PlainObject } from "../model/plain";
import { isUnknown } from "../model/unknown";
import type { EmailSystem } from "../model/mailSystems";
import { profileSchema, type CheckedConnection, type CheckedProfile } from "../model/profile";
import type { TestResult } from "../testing/types";
import { Organization } from "./organization";
import { leafOf, valuesOf } from "./outputs";
import type { Connection, EmailServerProfileArgs, Secret } from "./profileArgs";
import { outputLeaves, secretPathsOf } from "./secretPaths";
import { isReference, withSecrets } from "./secrets";
import { ServerSideSyncResource, typeToken } from "./serverSideSyncResource";

/** Facts of a profile as other stacks and bindings take them: a plain tree of single leaves. */
export type EmailServerProfileFactsArgs = Record<string, unknown> & { organization: object };
/** The same once resolved, for example from a StackReference. */
export type EmailServerProfileFacts = Record<string, unknown> & { organization: object };

/** Accounts with which the profile itself signs in; secret, and only for bindings of the same program. */
export interface DeclaredAccounts {
  incoming?: DeclaredAccount;
  outgoing?: DeclaredAccount;
}
type DeclaredAccount =
  { username: pulumi.Input<string>; password: Secret } | { clientSecret?: Secret; certificate?: Secret };

/** Result of reaching one server of the profile. */
export type ConnectionResult = Omit<TestResult, "test"> & { test: "incoming" | "outgoing" };

/**
 * An email server profile of Dynamics 365: which mail system, how it is reached, who signs in.
 *
 * @example The mail system's own hosts, ports and security; each mailbox signs in with its own credentials.
 * ```ts
 * const gmail = new EmailServerProfile("gmail", { emailSystem: "gmail" });
 * ```
 * @example A mail server of one's own behind a private authority.
 * ```ts
 * const profile = new EmailServerProfile("lab", {
 *   emailSystem: "other",
 *   incoming: { serverLocation: "imap.contoso.com" },
 *   outgoing: { serverLocation: "smtp.contoso.com", port: 587 },
 *   caCertificates: { file: "contoso-ca.pem" },
 * });
 * ```
 */
export class EmailServerProfile extends ServerSideSyncResource {
  /** @internal */
  static readonly __pulumiType = typeToken("EmailServerProfile");
  /** @internal Tells a profile from its facts, also where two copies of this package are loaded. */
  readonly __serverSideSyncProfile = true;

  declare readonly organization: pulumi.Output<CheckedProfile["organization"]>;
  declare readonly name: pulumi.Output<string>;
  declare readonly description: pulumi.Output<string | null>;
  declare readonly emailSystem: pulumi.Output<CheckedProfile["emailSystem"]>;
  declare readonly serverType: pulumi.Output<CheckedProfile["serverType"]>;
  declare readonly autodiscover: pulumi.Output<boolean>;
  declare readonly incoming: pulumi.Output<CheckedConnection>;
  declare readonly outgoing: pulumi.Output<CheckedConnection>;
  declare readonly useSameSettingsForOutgoing: pulumi.Output<boolean>;
  declare readonly exchangeOnlineTenantId: pulumi.Output<string | null>;
  declare readonly serverAuthority: pulumi.Output<CheckedProfile["serverAuthority"]>;
  declare readonly maxConcurrentConnections: pulumi.Output<number | null>;
  declare readonly minPollingIntervalMinutes: pulumi.Output<number | null>;
  declare readonly connectionTimeoutMs: pulumi.Output<number | null>;
  declare readonly processEmailsReceivedAfter: pulumi.Output<string | null>;
  declare readonly moveUndeliveredEmails: pulumi.Output<boolean | null>;
  declare readonly sendEmailAlert: pulumi.Output<boolean | null>;
  declare readonly encodingCodePage: pulumi.Output<string | null>;
  declare readonly ownerEmailAddress: pulumi.Output<string | null>;
  declare readonly owner: pulumi.Output<{ user: string } | { team: string } | null>;
  declare readonly fipsCompliant: pulumi.Output<boolean | null>;
  declare readonly multiFactorAuthentication: pulumi.Output<boolean | null>;
  declare readonly caCertificates: pulumi.Output<string | { file: string } | null>;
  declare readonly testConnection: pulumi.Output<boolean>;
  declare readonly adopt: pulumi.Output<{ name: string } | { id: string } | null>;
  declare readonly onDelete: pulumi.Output<CheckedProfile["onDelete"]>;
  declare readonly acceptRisks: pulumi.Output<CheckedProfile["acceptRisks"]>;
  /** Raised each time the profile's own credentials change. */
  declare readonly credentialsRevision: pulumi.Output<number>;
  /** What reaching both servers found; empty where `testConnection` is off. */
  declare readonly connectionResults: pulumi.Output<ConnectionResult[]>;
  /** EWS URL that autodiscover found for the profile's own account, where that has an address; otherwise each binding has its own. */
  declare readonly discoveredServerLocation: pulumi.Output<string | null>;
  /** What a binding needs to know of this profile, without secrets. Export it for bindings in other stacks. */
  readonly facts: EmailServerProfileFactsArgs;
  /** @internal The same without the id, as one Output, where no leaf can be unknown or secret by itself. */
  readonly plainFacts: pulumi.Output<object> | undefined;
  /** @internal */
  readonly accounts: DeclaredAccounts;
  /** @internal What of the facts and accounts is secret, as paths in a binding. */
  readonly secretFacts: Promise<string[]>;

  /** @throws ServerSideSyncError where the organization's config is malformed */
  constructor(name: string, args: EmailServerProfileArgs, opts?: pulumi.CustomResourceOptions) {
    const organization = (args.organization ?? Organization.fromConfig()).settings;
    const inputs: pulumi.Inputs = {
      ...Object.fromEntries(Object.keys(profileSchema.shape).map((key) => [key, undefined])),
      ...args,
      name: args.name ?? defaultName(name, args),
      organization,
      incoming: withSecretCredentials(args.incoming),
      outgoing: takingOver(args, withSecretCredentials(args.outgoing)),
    };
    const secretPaths = secretPathsOf({ ...args, ...takenOver(args) });
    const computed = {
      credentialsRevision: undefined,
      connectionResults: undefined,
      discoveredServerLocation: undefined,
    };
    super("EmailServerProfile", name, { ...inputs, ...computed }, secretPaths, opts);
    this.facts = this.collectFacts(args, organization);
    this.plainFacts = isPlain(args) ? this.collectPlainFacts(args, organization) : undefined;
    this.accounts = accountsOf(args);
    this.secretFacts = secretPaths.then(asPathsOfBinding);
    this.report(Object.keys(profileSchema.shape), (values, context) => {
      const profile = { ...values, organization } as unknown as CheckedProfile;
      return { organization, assessment: assessProfile(profile, context) };
    });
  }

  /**
   * Looks up a profile that is managed elsewhere, for example "Microsoft Exchange Online". It is read, and never changed.
   *
   * @param id id of the record, for example from {@link getEmailServerProfile}
   * @throws ServerSideSyncError `organization-needed`: only an organization has profiles to look up
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: { organization?: Organization; emailSystem: EmailSystem },
    opts?: pulumi.CustomResourceOptions,
  ): EmailServerProfile {
    const organization = args.organization ?? Organization.fromConfig();
    if (organization.settings.backend !== "dynamics365") {
      throw new ServerSideSyncError({
        code: "organization-needed",
        summary: 'EmailServerProfile.get looks a profile up in an organization, and backend "direct" has none.',
        remedy: "Declare the profile, or use the facts that another stack exports.",
      });
    }
    return new EmailServerProfile(name, { ...args, organization }, { ...opts, id });
  }

  private collectPlainFacts(args: EmailServerProfileArgs, organization: object): pulumi.Output<object> {
    const tops = [...new Set(factLeaves.map((path) => path.split(".")[0] ?? ""))];
    const collect = async () => {
      const values = await valuesOf(this, tops);
      const facts: PlainObject = { organization };
      for (const path of factLeaves) {
        const declared = at(args, path);
        const value = isSecretLeaf(path) ? (isReference(declared) ? declared : null) : at(values, path);
        // A declaration that is wrong has no complete outputs in a preview. As an unknown value it would take all with it.
        if (isUnknown(value)) setAt(facts, path, pulumi.runtime.unknownValue);
        else if (value !== null && value !== undefined) setAt(facts, path, value);
      }
      return facts;
    };
    // Of the mail system, which is a plain value, it has the dependency on this resource, and nothing else.
    return pulumi.unsecret(this.emailSystem).apply(collect);
  }

  /** A leaf keeps the secrecy of what the user passed in, and waits for nothing but itself. */
  private collectFacts(args: EmailServerProfileArgs, organization: object): EmailServerProfileFactsArgs {
    const facts: PlainObject = { organization, id: this.id };
    for (const path of factLeaves) {
      if (isSecretLeaf(path)) {
        const declared = at(args, path);
        if (isReference(declared)) setAt(facts, path, declared);
        continue;
      }
      const [top = "", ...rest] = path.split(".");
      const leaf = leafOf(
        (this as unknown as Record<string, pulumi.Output<unknown>>)[top] ?? pulumi.output(null),
        rest,
      );
      const declared = at(args, path) ?? at(takenOver(args), path);
      const own = pulumi.Output.isInstance(declared) ? pulumi.all([leaf, declared]).apply(([value]) => value) : leaf;
      setAt(facts, path, own);
    }
    return facts as EmailServerProfileFactsArgs;
  }
}

/** A profile that is adopted keeps its name unless another is declared. */
function defaultName(name: string, { adopt }: EmailServerProfileArgs): pulumi.Input<string> | undefined {
  if (adopt === undefined) return name;
  return "name" in adopt ? adopt.name : undefined;
}

/** True where the program has computed none of the facts. */
function isPlain(args: EmailServerProfileArgs): boolean {
  const computed = [...outputLeaves(args, ""), ...outputLeaves(takenOver(args), "")];
  return !computed.some(([leaf]) => factLeaves.some((path) => path === leaf || path.startsWith(`${leaf}.`)));
}

/** Settings of incoming email that serve outgoing email, too, at the place where they will stand there. */
function takenOver(args: EmailServerProfileArgs): { outgoing?: PlainObject } {
  const { incoming = {}, outgoing } = args;
  const keys = settingsTakenOver(args);
  if (keys.length === 0) return {};
  const shared = Object.fromEntries(keys.map((key) => [key, incoming[key]]));
  return { outgoing: { ...shared, ...outgoing } };
}

/** A secret that check hands over stays one: the engine keeps secret what stands where a secret was sent. */
function takingOver(
  args: EmailServerProfileArgs,
  outgoing: Connection | undefined,
): pulumi.Input<Connection | undefined> {
  const shared = takenOver(args).outgoing;
  if (shared === undefined || outputLeaves(shared, "").length === 0) return outgoing;
  return pulumi.output(
    secretPathsOf(shared).then((paths) => (paths.length === 0 ? outgoing : pulumi.secret(outgoing ?? null))),
  ) as pulumi.Output<Connection | undefined>;
}

/** Facts and accounts of the profile as a binding receives them. */
function asPathsOfBinding(paths: readonly string[]): string[] {
  const facts = paths.filter((path) => factLeaves.includes(path)).map((path) => `profile.${path}`);
  const accounts = paths.flatMap((path) => {
    const direction = /^(incoming|outgoing)\.credentials\.username$/.exec(path)?.[1];
    return direction === undefined ? [] : [`profileCredentials.${direction}.username`];
  });
  return [...facts, ...accounts];
}

function withSecretCredentials(connection: Connection | undefined): Connection | undefined {
  return connection === undefined ? undefined : { ...connection, credentials: withSecrets(connection.credentials) };
}

function accountsOf(args: EmailServerProfileArgs): DeclaredAccounts {
  return { incoming: accountOf(args.incoming), outgoing: accountOf(args.outgoing) };
}

function accountOf(connection: Connection | undefined): DeclaredAccount | undefined {
  const credentials = withSecrets(connection?.credentials);
  if (credentials?.source === "email-server-profile") {
    const { username, password } = credentials;
    return { username, password };
  }
  if (credentials === undefined || !("clientId" in credentials)) return undefined;
  const { clientSecret, certificate } = credentials;
  return clientSecret === undefined && certificate === undefined ? undefined : { clientSecret, certificate };
}
