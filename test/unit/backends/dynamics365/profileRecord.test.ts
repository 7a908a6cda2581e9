import * as fc from "fast-check";
import type { ColumnValues } from "../../../../provider/src/backends/dynamics365/columns/column";
import { emailServerProfileTable as table } from "../../../../provider/src/backends/dynamics365/columns/emailServerProfile";
import { columnProblems } from "../../../../provider/src/backends/dynamics365/columns/limits";
import {
  assertStorable,
  changedProfileColumns,
  driftedProfile,
  newProfileColumns,
  profileFromRecord,
  readProfile,
  releasedProfileColumns,
  wantedProfileColumns,
} from "../../../../provider/src/backends/dynamics365/profileRecord";
import {
  profileSecrets,
  releasedSecrets,
  secretsToWrite,
} from "../../../../provider/src/backends/dynamics365/profileSecrets";
import { normalizeProfile } from "../../../../provider/src/model/normalizeProfile";
import { profileSchema, type CheckedProfile } from "../../../../provider/src/model/profile";
import type { PlainObject } from "../../../../provider/src/model/plain";
import { id, observations, otherId, profiles, stored } from "./arbitraries";

const checked = (declared: PlainObject) => normalizeProfile(profileSchema.parse(declared));
const dynamics = { backend: "dynamics365", url: "https://crm.contoso.com/contoso" };
const written = (values: ColumnValues) => readProfile(stored(table, {}, values));

const byPassword = (password = "s3cret") => ({
  organization: dynamics,
  emailSystem: "exchange-server-2019",
  incoming: {
    serverLocation: "mail.contoso.com",
    useImpersonation: true,
    credentials: { source: "email-server-profile", username: "svc@contoso.com", password },
  },
});

describe("a profile's record", () => {
  test("Exchange Server with one account", () => {
    expect(wantedProfileColumns(checked({ ...byPassword(), name: "mail" }))).toEqual({
      name: "mail",
      servertype: 0,
      exchangeversion: 5,
      useautodiscover: false,
      usesamesettingsforoutgoingconnections: true,
      incomingserverlocation: "https://mail.contoso.com/EWS/Exchange.asmx",
      incomingportnumber: null,
      incomingusessl: true,
      incomingauthenticationprotocol: 0,
      incomingcredentialretrieval: 1,
      incominguseimpersonation: true,
      incomingusername: "svc@contoso.com",
      outgoingserverlocation: "https://mail.contoso.com/EWS/Exchange.asmx",
      outgoingportnumber: null,
      outgoingusessl: true,
      outgoingauthenticationprotocol: 0,
      outgoingcredentialretrieval: 1,
      outgoinguseimpersonation: true,
      outgoingusername: "svc@contoso.com",
    });
  });

  test("Gmail over POP3 and SMTP", () => {
    expect(wantedProfileColumns(checked({ organization: dynamics, emailSystem: "gmail" }))).toEqual({
      servertype: 1,
      useautodiscover: false,
      usesamesettingsforoutgoingconnections: false,
      incomingserverlocation: "pop.gmail.com",
      incomingportnumber: 995,
      incomingusessl: true,
      incomingauthenticationprotocol: 0,
      incomingcredentialretrieval: 0,
      incominguseimpersonation: false,
      outgoingserverlocation: "smtp.gmail.com",
      outgoingportnumber: 587,
      outgoingusessl: true,
      outgoingauthenticationprotocol: 0,
      outgoingcredentialretrieval: 0,
      outgoinguseimpersonation: false,
    });
  });

  test("the profile that Microsoft made for Exchange Online keeps its connection", () => {
    const profile = checked({
      organization: { ...dynamics, deployment: "online" },
      emailSystem: "exchange-online",
      serverType: "exchange-online",
      description: "ours",
    });
    expect(wantedProfileColumns(profile)).toEqual({ description: "ours" });
  });

  test("Exchange Online in China is told where it is", () => {
    const profile = checked({
      organization: { ...dynamics, deployment: "online" },
      emailSystem: "exchange-online",
      serverType: "exchange-online-hybrid",
      serverAuthority: "china",
    });
    expect(wantedProfileColumns(profile)).toMatchObject({
      defaultserverlocation: "https://partner.outlook.cn/EWS/Exchange.asmx",
      serverauthority: 2,
      useautodiscover: false,
    });
  });

  test("a new record has its id from us, and says nothing of what is absent", () => {
    expect(newProfileColumns(id, { name: "mail", incomingportnumber: null })).toEqual({
      emailserverprofileid: id,
      name: "mail",
    });
  });

  test("every declaration comes back from its record, and asks for no further write", () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        const wanted = wantedProfileColumns(profile);
        const observed = written(wanted);
        expect(changedProfileColumns(observed, wanted)).toEqual({});
        expect(driftedProfile(profile, observed)).toBe(profile);
      }),
      { numRuns: 500 },
    );
  });

  test("a record alone tells a profile that wants this very record", () => {
    const known = profiles.filter(
      ({ serverType, incoming, outgoing }) =>
        serverType !== "exchange-online" && incoming.credentials !== null && outgoing.credentials !== null,
    );
    // Exchange in general has a version only where the mail system says which one.
    const derived = ["exchangeversion", "defaultserverlocation"];
    fc.assert(
      fc.property(known, (profile) => {
        const observed = written(wantedProfileColumns(profile));
        const { organization, emailSystem } = profile;
        const told = wantedProfileColumns(profileFromRecord(checked({ organization, emailSystem }), observed));
        const said = Object.keys(observed).filter((column) => observed[column] !== null && !derived.includes(column));
        expect(Object.keys(told)).toEqual(expect.arrayContaining(said));
        const both = Object.entries(told).filter(([column]) => column in observed);
        expect(changedProfileColumns(observed, Object.fromEntries(both))).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  test("an update leaves nothing to update, whatever the record held", () => {
    fc.assert(
      fc.property(profiles, observations(table), (profile, before) => {
        const wanted = wantedProfileColumns(profile);
        const record = stored(table, stored(table, {}, before), changedProfileColumns(before, wanted));
        expect(changedProfileColumns(readProfile(record), wanted)).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  test("no wanted column is refused by its own limits", () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        const context = { deployment: "online", operation: "create" } as const;
        expect(columnProblems(table, wantedProfileColumns(profile), context)).toEqual([]);
      }),
    );
  });

  test("no secret is among the columns", () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        expect(JSON.stringify(wantedProfileColumns(profile))).not.toContain("s3cret");
      }),
    );
  });
});

describe("drift", () => {
  const profile = checked({
    ...byPassword(),
    description: "Sales",
    processEmailsReceivedAfter: "2026-01-01T00:00:00Z",
    connectionTimeoutMs: 3000,
  });
  const observed = written(wantedProfileColumns(profile));

  test.each([
    [{ description: null }, { description: null }],
    [{ servertype: 2 }, { serverType: "exchange-server-hybrid" }],
    [{ exchangeversion: 4 }, { emailSystem: "exchange-server-2010" }],
    [{ useautodiscover: true }, { autodiscover: true }],
    [{ processemailsreceivedafter: "1900-01-01T00:00:00Z" }, { processEmailsReceivedAfter: null }],
    [{ timeoutmailboxconnection: false }, { connectionTimeoutMs: null }],
    [{ incominguseimpersonation: false }, { incoming: { useImpersonation: false } }],
    [{ incomingusessl: false }, { incoming: { security: "none" } }],
    [
      { incomingusername: "b@contoso.com" },
      { incoming: { credentials: { username: "b@contoso.com", password: "s3cret" } } },
    ],
    [{ incomingcredentialretrieval: 3 }, { incoming: { credentials: { source: "windows-integrated" } } }],
    [{ incomingserverlocation: "https://b/" }, { incoming: { serverLocation: "https://b/" } }],
  ])("%j is seen in its argument alone", (change: ColumnValues, seen) => {
    const drifted = driftedProfile(profile, { ...observed, ...change });
    expect(drifted).toMatchObject(seen);
    const paths = Object.keys(seen);
    for (const [key, value] of Object.entries(profile)) {
      if (!paths.includes(key)) expect(drifted[key as keyof CheckedProfile]).toEqual(value);
    }
  });

  test.each([
    { incomingportnumber: 443 },
    { incomingserverlocation: "https://MAIL.contoso.com/EWS/Exchange.asmx/" },
    { maxconcurrentconnections: 77 },
    { sendemailalert: true },
    { exchangeversion: 5 },
  ] as ColumnValues[])("%j is none", (change) => {
    expect(driftedProfile(profile, { ...observed, ...change })).toBe(profile);
  });

  test("service packs of the declared Exchange are none", () => {
    const of2010 = checked({ ...byPassword(), emailSystem: "exchange-server-2010" });
    const found = written(wantedProfileColumns(of2010));
    expect(
      [2, 3, 4].map((exchangeversion) =>
        changedProfileColumns({ ...found, exchangeversion }, wantedProfileColumns(of2010)),
      ),
    ).toEqual([{}, {}, {}]);
    expect(driftedProfile(of2010, { ...found, exchangeversion: 5 }).emailSystem).toBe("exchange-server-2013");
  });
});

describe("what is no longer declared", () => {
  test("goes back to what a new record has", () => {
    const previous = checked({
      ...byPassword(),
      description: "Sales",
      sendEmailAlert: true,
      maxConcurrentConnections: 4,
    });
    const next = checked({
      organization: dynamics,
      emailSystem: "exchange-server-2019",
      incoming: { serverLocation: "mail.contoso.com", credentials: { source: "windows-integrated" } },
    });
    expect(releasedProfileColumns(previous, next)).toEqual({
      description: null,
      sendemailalert: false,
      maxconcurrentconnections: 10,
      incomingusername: null,
      outgoingusername: null,
    });
    expect(releasedSecrets(previous, next)).toEqual({ incomingpassword: null });
    expect(releasedProfileColumns(previous, previous)).toEqual({});
  });

  test("a name, an owner and a type stay: there is nothing that they could go back to", () => {
    const organization = { ...dynamics, deployment: "online" };
    const previous = checked({ ...byPassword(), organization, name: "mail", description: "Sales" });
    const next = checked({ organization, emailSystem: "exchange-online", serverType: "exchange-online" });
    expect(releasedProfileColumns(previous, next, { owner: `teams(${id})` })).toEqual({
      description: null,
      exchangeversion: null,
    });
    expect(releasedProfileColumns(previous, { ...previous, name: null, owner: null })).toEqual({});
  });
});

describe("secrets of a profile", () => {
  const profile = checked(byPassword());
  const [secret] = profileSecrets(profile);

  test("one password serves both directions with the same settings", () => {
    expect(profileSecrets(profile)).toEqual([
      { column: "incomingpassword", path: "incoming.credentials.password", secret: "s3cret" },
    ]);
  });

  test.each([
    ["it is missing", { isincomingpasswordset: false }, { declared: 1, written: 1 }, [secret]],
    ["it is there", { isincomingpasswordset: true }, { declared: 1, written: 1 }, []],
    ["it was rotated", { isincomingpasswordset: true }, { declared: 2, written: 1 }, [secret]],
    ["nobody knows which is there", { isincomingpasswordset: true }, { declared: 1, written: null }, [secret]],
  ])("%s", (_when, observed, revisions, expected) => {
    expect(secretsToWrite(profile, observed, revisions)).toEqual(expected);
  });

  test("an app has a client secret", () => {
    const app = checked({
      organization: { ...dynamics, deployment: "online" },
      emailSystem: "exchange-online",
      serverType: "exchange-online-hybrid",
      incoming: { credentials: { source: "oauth", clientId: id, tenantId: otherId, clientSecret: { env: "APP" } } },
    });
    expect(profileSecrets(app)).toEqual([
      { column: "oauthclientsecret", path: "incoming.credentials.clientSecret", secret: { env: "APP" } },
    ]);
    expect(wantedProfileColumns(app)).toMatchObject({
      oauthclientid: id,
      exchangeonlinetenantid: otherId,
      usedefaulttenantid: false,
      incomingcredentialretrieval: 7,
    });
  });
});

describe("what no column takes", () => {
  test.each(["certificate", "keyVault"])("credentials.%s is refused before the write", (key) => {
    const value = key === "keyVault" ? { uri: "https://v.contoso.com", keyName: "k", clientId: id } : "s3cret";
    const profile = checked({
      organization: { ...dynamics, deployment: "online" },
      emailSystem: "exchange-server-2019",
      incoming: { credentials: { source: "exchange-hybrid-modern-auth", clientId: id, [key]: value } },
    });
    const refuse = () => {
      assertStorable(profile, wantedProfileColumns(profile), "create");
    };
    expect(refuse).toThrow(`not-storable-in-dynamics: incoming.credentials.${key} has no column`);
    expect(refuse).not.toThrow(/s3cret/);
  });
});
