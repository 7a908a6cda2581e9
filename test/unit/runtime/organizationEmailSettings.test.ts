import { organizationEmailSettings } from "pulumi-server-side-sync/runtime";
import { sentinels } from "../../support/declarations";

const organization = { backend: "dynamics365", url: "https://crm.contoso.com/Contoso" };
const defaultProfile = "5a1b0f3e-5d0a-4f0e-9a53-7f2b6a1f4c9d";
const unknown = Object.values(sentinels)[0] ?? "";

/** Replaced where the default profile was, and is declared as, these. */
async function replaced(before: string | undefined, now: string | undefined): Promise<string[]> {
  const checked = async (profile: string | undefined) =>
    (await organizationEmailSettings.check({}, { organization, defaultProfile: profile })).inputs;
  const old = { ...(await checked(before)), schemaVersion: 1 };
  return (await organizationEmailSettings.diff("id", old, await checked(now))).replaces ?? [];
}

// The engine deletes a profile that is replaced before it updates anything, and a default cannot be deleted.
test("settings let go of a default profile that is being replaced, before it is deleted", async () => {
  expect(await replaced(defaultProfile, unknown)).toEqual(["defaultProfile"]);
});

test.each([
  ["first profile", undefined, unknown],
  ["other profile that is there", defaultProfile, defaultProfile.replace("5", "6")],
  ["profile any more", defaultProfile, undefined],
])("settings with a %s are updated", async (_what, before, now) => {
  expect(await replaced(before, now)).toEqual([]);
});
