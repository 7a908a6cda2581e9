import {
  imapScript,
  smtpScript,
  startFaultServer,
  type FaultServer,
  type Peer,
  type Script,
} from "../servers/faultServer";
import { createAuthority } from "../servers/pki";
import { everyProfileInput, factsFrom, providers } from "../support/declarations";
import type { Bag, ProviderProcess } from "./providerProcess";

/** What the two servers do with those who sign in. */
export type Behaviour =
  /** All is well. */
  | "accept"
  /** Refused, with everything that was said. */
  | "echo"
  /** Never answered. */
  | "silent";

export interface MailServers {
  imap: FaultServer;
  smtp: FaultServer;
  caCertificate: string;
  /** Connections that are open now, on the IMAP server. */
  open(): number;
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

/** A script of its own for every connection: they keep in mind where they are. */
function eachWithItsOwn(start: () => Script): Script {
  const scripts = new WeakMap<Peer, Script>();
  return (line, peer) => {
    const script = scripts.get(peer) ?? start();
    scripts.set(peer, script);
    script(line, peer);
  };
}

/** An IMAP and a submission server, with TLS, that sign in whom they like. */
export async function startMailServers(): Promise<MailServers> {
  const authority = await createAuthority("Authority of the Contract");
  const certificate = await authority.issue();
  let behaviour: Behaviour = "accept";
  const signIn = /^(?:\S+ )?(?:AUTHENTICATE|AUTH|LOGIN)\b/i;
  const refusing =
    (usual: Script, refusal: (line: string) => string): Script =>
    (line, peer) => {
      if (behaviour === "silent" && line !== "") return;
      if (behaviour === "echo" && signIn.test(line)) peer.send(refusal(line));
      else usual(line, peer);
    };
  const open = new Set<Peer>();
  const counting =
    (usual: Script): Script =>
    (line, peer) => {
      if (line === "") {
        for (const other of open) if (other.closed()) open.delete(other);
        open.add(peer);
      }
      usual(line, peer);
    };
  const refuseImap = refusing(imapScript(undefined, "IMAP4rev1"), (line) => {
    const [tag = "*", ...words] = line.split(" ");
    return `${tag} NO [AUTHENTICATIONFAILED] not with ${words.join(" ")}`;
  });
  const imap = await startFaultServer(counting(refuseImap), certificate, true);
  const smtp = await startFaultServer(
    refusing(
      eachWithItsOwn(() => smtpScript(undefined, ["AUTH PLAIN"])),
      (line) => `535 5.7.8 not with ${line}`,
    ),
    certificate,
    true,
  );
  return {
    imap,
    smtp,
    caCertificate: authority.certificate,
    open: () => [...open].filter((peer) => !peer.closed()).length,
    behave: (next) => {
      behaviour = next;
    },
    stop: async () => {
      await Promise.all([imap.stop(), smtp.stop()]);
    },
  };
}

/** Checked inputs of a profile on these servers, and of bindings to it. */
export async function declareOn(servers: MailServers, host: ProviderProcess, changes: Bag = {}) {
  const side = (protocol: "imap" | "smtp") => ({
    protocol,
    serverLocation: "127.0.0.1",
    port: servers[protocol].port,
    credentials: { source: "user-or-queue" },
  });
  const declared: Bag = {
    __provider: providers.profile,
    identity: everyProfileInput.identity,
    emailSystem: "other",
    name: "mail",
    incoming: side("imap"),
    outgoing: side("smtp"),
    caCertificates: servers.caCertificate,
    ...changes,
  };
  const profile = await host.check({}, declared);
  if (profile.failures.length > 0) throw new Error(JSON.stringify(profile.failures));
  const binding = async (ofBinding: Bag): Promise<Bag> => {
    const { inputs, failures } = await host.check(
      {},
      {
        __provider: providers.binding,
        identity: `urn:pulumi:test::contract::type::${String(ofBinding.emailAddress)}`,
        profile: factsFrom(profile.inputs),
        test: { roundTrip: false, timeoutSeconds: 5 },
        ...ofBinding,
      },
    );
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return inputs;
  };
  return { declared, profile: profile.inputs, binding };
}
