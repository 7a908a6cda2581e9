import { normalizeOrganization } from "../../../provider/src/model/organization";
import { recordId } from "../../../provider/src/runtime/identity";

const urn = "urn:pulumi:test::contoso::server-side-sync:index:EmailServerProfile::gmail";
const online = { backend: "dynamics365", url: "https://contoso.crm.dynamics.com" } as const;
const idOf = (organization: Parameters<typeof normalizeOrganization>[0], identity = urn) =>
  recordId(normalizeOrganization(organization), identity);

describe("the id of a record", () => {
  /** An interrupted create of an earlier release finds its record by it. */
  test("is what it was in every release", () => {
    expect(idOf(online)).toBe("138d8e7b-2a57-522e-8b5e-a5e61112cf3d");
    expect(idOf({})).toBe("77628c89-c034-516c-a59b-fdff0129c463");
  });

  test("is another one for another resource, and in another organization", () => {
    const elsewhere = { ...online, url: "https://fabrikam.crm.dynamics.com" } as const;
    const ids = [idOf(online), idOf(elsewhere), idOf({}), idOf(online, `${urn}2`), idOf({}, `${urn}2`)];
    expect(new Set(ids).size).toBe(ids.length);
  });

  /** Tested directly, nothing is in the organization: it only says by which rules to judge. */
  test("with the direct back end is the same whatever organization is judged", () => {
    expect(idOf({ url: "https://crm.contoso.com/Contoso" })).toBe(idOf({}));
    expect(idOf({ url: "https://crm.contoso.com/Other" })).toBe(idOf({}));
  });
});
