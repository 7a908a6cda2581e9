import { normalizeBinding, type DeclaredBinding } from "../../../provider/src/model/binding";
import { mailSystems } from "../../../provider/src/model/mailSystems";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import type { DeclaredProfile } from "../../../provider/src/model/profile";

const dynamics = { backend: "dynamics365", url: "https://contoso.crm.dynamics.com" } as const;
const profile = (declared: Partial<DeclaredProfile> = {}) => normalizeProfile({ emailSystem: "other", ...declared });
const binding = (declared: Partial<DeclaredBinding> = {}, backend: "direct" | "dynamics365" = "direct") =>
  normalizeBinding({ emailAddress: "sales@contoso.com", ...declared }, backend);

/** As the arguments document it: who leaves something out relies on it, and on it staying so. */
describe("what is not declared", () => {
  test("of a binding: server-side synchronization of email, all else as it was found", () => {
    expect(binding()).toEqual({
      emailAddress: "sales@contoso.com",
      regarding: null,
      incomingEmail: "server-side-sync",
      outgoingEmail: "server-side-sync",
      appointmentsContactsTasks: "leave",
      credentials: null,
      hostedOn: null,
      manualTrackingInOutlook: null,
      approval: "require",
      primaryForExchangeSync: false,
      processEmailsReceivedAfter: null,
      deleteEmailsAfterProcessing: null,
      replaceStoredPassword: null,
      whenUserDisabled: "skip",
      test: { roundTrip: true, writeAccess: false, preflight: false, timeoutSeconds: 60, onFailure: "fail" },
      retestTriggers: null,
      onDelete: "restore",
      acceptRisks: null,
    });
  });

  test("of a forward mailbox's binding: it sends nothing", () => {
    const forward = binding({ regarding: { forwardMailbox: "Forward" } });
    expect(forward).toMatchObject({ incomingEmail: "server-side-sync", outgoingEmail: "none" });
  });

  test.each([
    ["direct", {}, true, 60],
    ["direct", { regarding: { user: "Ann" } }, true, 60],
    // It might become a case.
    ["direct", { regarding: { queue: "Support" } }, false, 60],
    ["direct", { regarding: { queue: "Support" }, test: { roundTrip: true } }, true, 60],
    // Dynamics sends none.
    ["dynamics365", {}, false, 1200],
    ["dynamics365", { regarding: { queue: "Support" } }, false, 1200],
  ] as const)("of a test over %s with %j: a message is sent around: %j", (backend, declared, roundTrip, seconds) => {
    expect(binding(declared, backend).test).toMatchObject({ roundTrip, timeoutSeconds: seconds });
  });

  test("of a profile: its servers are reached where nobody else reaches them", () => {
    expect(profile().testConnection).toBe(true);
    expect(profile({ organization: dynamics }).testConnection).toBe(false);
    expect(profile({ organization: dynamics, testConnection: true }).testConnection).toBe(true);
    expect(profile({ testConnection: false }).testConnection).toBe(false);
  });

  test("of a profile: one that was there before stays when the program goes", () => {
    expect(profile({ organization: dynamics }).onDelete).toBe("delete");
    for (const adopt of [{ name: "Mail" }, { id: "3f17e397-c012-53af-a427-65d8ec3c93b0" }]) {
      expect(profile({ organization: dynamics, adopt }).onDelete).toBe("retain");
      expect(profile({ organization: dynamics, adopt, onDelete: "delete" }).onDelete).toBe("delete");
    }
  });

  test.each([
    ["imap", "tls", 993],
    ["imap", "starttls", 143],
    ["imap", "none", 143],
    ["pop3", "tls", 995],
    ["pop3", "starttls", 110],
    ["pop3", "none", 110],
    ["smtp", "tls", 465],
    ["smtp", "starttls", 587],
    ["smtp", "none", 25],
  ] as const)("of a server of one's own: %s with %s has port %d", (protocol, security, port) => {
    const direction = protocol === "smtp" ? "outgoing" : "incoming";
    const serverLocation = "mail.contoso.com";
    expect(profile({ [direction]: { protocol, serverLocation, security } })[direction].port).toBe(port);
  });

  test("of a server of one's own: TLS from the first byte", () => {
    const { incoming, outgoing } = profile();
    expect([incoming, outgoing]).toMatchObject([
      { protocol: "imap", security: "tls", port: 993 },
      { protocol: "smtp", security: "tls", port: 465 },
    ]);
  });

  /** RFC 8314 and RFC 6409: no published endpoint is at a port of another security. */
  test.each(Object.entries(mailSystems))(
    "of %s: its ports have the security that they are assigned to",
    (_id, system) => {
      const assigned = { 443: "tls", 465: "tls", 993: "tls", 995: "tls", 25: "starttls", 587: "starttls" };
      const places = [system.endpoints, ...Object.values(system.clouds ?? {})].flatMap((cloud) =>
        Object.values(cloud).flatMap((endpoint) => [endpoint, ...(endpoint.alternatives ?? [])]),
      );
      for (const { port, security } of places)
        expect({ port, security: assigned[port as 25] }).toEqual({ port, security });
    },
  );
});
