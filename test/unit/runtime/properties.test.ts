import * as fc from "fast-check";
import { emailServerProfile, mailboxBinding } from "pulumi-server-side-sync/runtime";
import { bindingSchema, normalizeBinding } from "../../../provider/src/model/binding";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { readFacts } from "../../../provider/src/model/facts";
import { validate } from "../../../provider/src/model/parse";
import { profileSchema } from "../../../provider/src/model/profile";
import { sameValue, type PlainObject } from "../../../provider/src/model/plain";
import {
  everyBindingInput,
  everyProfileInput,
  factsFrom,
  pathsIn,
  reordered,
  sentinels,
  withValue,
} from "../../support/declarations";

const runs = 400;
const timeoutMs = 60_000;
const someKeys = [
  "env",
  "config",
  "file",
  "source",
  "type",
  "rule",
  "path",
  "backend",
  "organization",
  "constructor",
  "__proto__",
  "0",
];
/** Any JSON, with sentinels at any depth. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...Object.values(sentinels)),
    fc.constantFrom(null, true, false, 0, 1, -1, 1.5, "", "x", "constructor", "a@b.c", "https://x/"),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...someKeys), tie("value"), { maxKeys: 3 }),
  ),
})).value;

/** The complete declaration, with any JSON, or nothing, in some of its places. */
function mutated(base: PlainObject): fc.Arbitrary<PlainObject> {
  const mutation = fc.tuple(fc.constantFrom(...pathsIn(base)), fc.option(json, { nil: undefined }));
  return fc
    .array(mutation, { maxLength: 6 })
    .map((mutations) => mutations.reduce((tree, [path, value]) => withValue(tree, path, value), base));
}

/** What comes from the resource, not from its arguments. */
const handedOver = ["identity", "profile", "profileCredentials"];

/** Anything under the names of the inputs. */
function anything(base: PlainObject): fc.Arbitrary<PlainObject> {
  return fc.dictionary(fc.constantFrom(...Object.keys(base)), json);
}

jest.setTimeout(timeoutMs);

describe.each(["profile", "binding"] as const)("any declaration of a %s", (kind) => {
  const provider = kind === "profile" ? emailServerProfile : mailboxBinding;
  let base: PlainObject;
  let declarations: fc.Arbitrary<PlainObject>;
  beforeAll(async () => {
    base = everyProfileInput;
    if (kind === "binding") {
      const { inputs, failures } = await emailServerProfile.check({}, everyProfileInput);
      expect(failures).toEqual([]);
      base = { ...everyBindingInput, profile: factsFrom(inputs) };
    }
    declarations = fc.oneof(mutated(base), anything(base));
  });
  const dryRun = fc.constantFrom(true, undefined);
  const holds = async (property: (declared: PlainObject, olds: PlainObject) => Promise<void>) => {
    const olds = fc.oneof(fc.constant({}), mutated(base));
    await fc.assert(
      fc.asyncProperty(declarations, olds, dryRun, (declared, before, preview) =>
        property(preview === true ? { ...declared, dryRun: true } : declared, before),
      ),
      { numRuns: runs },
    );
  };

  test("the complete one has no problem, and every default is one of its own values", async () => {
    const { inputs, failures } = await provider.check({}, base);
    expect(failures).toEqual([]);
    // In the facts of a profile what is absent is left out.
    const profile = kind === "binding" ? { profile: readFacts(inputs.profile as PlainObject) } : {};
    expect({ ...inputs, ...profile }).toMatchObject(base);
  });

  test("A.3.1: is answered by check and diff, whatever stands where", async () => {
    await holds(async (declared, olds) => {
      const { inputs, failures } = await provider.check(olds, declared);
      const wrong = failures.filter(({ property, reason }) => property !== "" || reason.includes("internal-"));
      if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
      await provider.diff("id", { ...olds, schemaVersion: 1 }, inputs);
    });
  });

  test("A.4.6: is checked once and for all: what ignoreChanges hands in again comes out as it was", async () => {
    await holds(async (declared) => {
      const preview = { dryRun: declared.dryRun };
      const first = await provider.check({}, declared);
      const second = await provider.check(first.inputs, { ...first.inputs, ...preview });
      if (!sameValue(second, first)) expect(second).toEqual(first);
    });
  });

  test("A.11.3, A.4.5: is no change after it was created, in whichever order its keys come back", async () => {
    let created = 0;
    await holds(async (declared) => {
      const { inputs, failures } = await provider.check({}, declared);
      const unknown = JSON.stringify(inputs);
      if (failures.length > 0 || Object.values(sentinels).some((sentinel) => unknown.includes(sentinel))) return;
      const state = { ...inputs, schemaVersion: 1, results: [], connectionResults: [] };
      const again = await provider.check(inputs, declared);
      created += 1;
      if ((await provider.diff("id", reordered(state) as PlainObject, again.inputs)).changes !== false)
        throw new Error("a change");
    });
    expect(created).toBeGreaterThan(runs / 20);
  });

  test("A.3.4: is judged alike each time, and left as it is", async () => {
    await holds(async (declared, olds) => {
      const before = JSON.stringify([declared, olds]);
      const first = JSON.stringify(await provider.check(olds, declared));
      if (JSON.stringify(await provider.check(olds, declared)) !== first) throw new Error("another verdict");
      if (JSON.stringify([declared, olds]) !== before) throw new Error("the arguments were changed");
    });
  });

  test("is normalized once and for all", () => {
    fc.assert(
      fc.property(declarations, (all) => {
        const declared = Object.fromEntries(Object.entries(all).filter(([key]) => !handedOver.includes(key)));
        const normalize = (value: unknown) => {
          const [asProfile, asBinding] = [validate(profileSchema, value), validate(bindingSchema, value)];
          if (kind === "profile") return "value" in asProfile ? normalizeProfile(asProfile.value) : undefined;
          return "value" in asBinding ? normalizeBinding(asBinding.value, "direct") : undefined;
        };
        const once = normalize(declared);
        if (once === undefined) return;
        if (!sameValue(normalize(once), once)) expect(normalize(once)).toEqual(once);
      }),
      { numRuns: runs },
    );
  });
});

describe("the id of a profile beside its plain facts", () => {
  const facts = async () => factsFrom((await emailServerProfile.check({}, everyProfileInput)).inputs);
  const checkedId = async (profile: PlainObject, profileId: unknown) => {
    const { inputs } = await mailboxBinding.check({}, { ...everyBindingInput, profile, profileId });
    expect(inputs).not.toHaveProperty("profileId");
    return (inputs.profile as PlainObject).id;
  };

  test("becomes one of them, also while it is not known", async () => {
    const { id: _id, ...plain } = await facts();
    expect(await checkedId(plain, "given-id")).toBe("given-id");
    expect(await checkedId(plain, sentinels.string)).toBe(sentinels.string);
  });

  test("is not put upon the facts of before, which ignoreChanges hands in", async () => {
    expect(await checkedId({ ...(await facts()), id: "id-of-before" }, "another-id")).toBe("id-of-before");
  });
});
