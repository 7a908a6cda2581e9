import { join } from "node:path";
import { repositoryRoot } from "../../tools/repository";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const stubs = join(repositoryRoot, "test/contract/stubHandlers.js");
const { kinds } = jest.requireActual<{ kinds: string[] }>("./stubHandlers.js");
const using = (expression: string) => `exports.handler = () => require(${JSON.stringify(stubs)}).${expression};`;
const unknownStatus = 2;

describe("the adapter in the dynamic provider host", () => {
  let host: ProviderProcess;
  beforeAll(async () => {
    host = await ProviderProcess.start();
  }, 30_000);
  afterAll(() => host.stop());

  const methods: Record<string, (properties: Bag) => Promise<unknown>> = {
    check: (properties) => host.check({}, properties),
    diff: (properties) => host.diff(properties, properties),
    create: (properties) => host.create(properties),
    read: (properties) => host.read("id", properties),
    update: (properties) => host.update("id", properties, properties),
    delete: (properties) => host.delete("id", properties),
  };

  describe.each(kinds)("when a handler throws %s", (kind) => {
    test.each(Object.keys(methods))("A.5.9-A.5.11: %s fails with one clear error and does not hang", async (method) => {
      const before = host.stderr.length;
      const call = methods[method]?.({ __provider: using(`throwing("${kind}")`), value: 1 }) ?? Promise.resolve();
      const failure = await failureFrom(call);
      expect(failure.code).toBe(unknownStatus);
      expect(failure.message).toMatch(/internal-error: Something unforeseen happened: .*\. Please report it/);
      expect(failure.initFailure).toBeUndefined();
      expect(host.stderr.slice(before)).not.toMatch(/\n\s+at /);
    });
  });

  test.each([
    ["undefined", "undefined", null],
    ["a nested undefined", "{ a: [undefined], b: { c: undefined } }", { a: [null], b: { c: null } }],
  ])("A.5.1: stores %s as null", async (_what, expression, stored) => {
    const { properties } = await host.create({ __provider: using(`impure(${expression})`), value: 1 });
    expect(properties.value).toEqual(stored);
  });

  test.each(["new Date()", "new Map()", "NaN", "Infinity", "10n", "() => 1", "Symbol()", "Buffer.from('x')"])(
    "A.5.1: refuses to store %s",
    async (expression) => {
      const failure = await failureFrom(host.create({ __provider: using(`impure(${expression})`), value: 1 }));
      expect(failure.message).toMatch(/^internal-not-wire-pure: The value at \.value /);
    },
  );

  test("A.9.1: keeps __provider and the inputs in what it stores", async () => {
    const inputs = { __provider: using("echo"), value: { a: [1, "two", null, true] } };
    const created = await host.create(inputs);
    expect(created).toEqual({ id: "stub-1", properties: { ...inputs, schemaVersion: 1 } });
    const read = await host.read("stub-1", created.properties);
    expect(read.properties).toEqual(created.properties);
    expect(read.inputs).toMatchObject(inputs);
    expect(await host.update("stub-1", created.properties, { ...inputs, value: 2 })).toMatchObject({ value: 2 });
  });

  test("A.9.5: a resource that is gone is read without an id", async () => {
    const read = await host.read("id", { __provider: using("gone"), value: 1 });
    expect(read.id).toBe("");
  });

  test("A.4.3: answers an older schema with a change, equal values with none, others with the engine's own comparison", async () => {
    const inputs = { __provider: using("echo"), value: 1 };
    const { properties } = await host.create(inputs);
    expect(await host.diff(properties, inputs)).toEqual({ changes: false, replaces: [] });
    expect(await host.diff({ ...properties, schemaVersion: 0 }, inputs)).toEqual({ changes: true, replaces: [] });
    expect(await host.diff(properties, { ...inputs, value: 2 })).toEqual({ changes: undefined, replaces: [] });
  });
});
