import fc from "fast-check";
import { Budget } from "../../../provider/src/transport/budget";
import { createRedactor } from "../../../provider/src/transport/redaction";
import { tlsOptions } from "../../../provider/src/transport/tls";

describe("a budget", () => {
  test("ends what never ends, lets it be cleaned up, and says what was waited for", async () => {
    let abandoned = false;
    const never = new Promise<void>(() => undefined);
    const start = performance.now();
    const failure = Budget.ofSeconds(0.2).run("The answer", never, () => {
      abandoned = true;
    });
    await expect(failure).rejects.toMatchObject({
      code: "test-timeout",
      transient: true,
      message: expect.stringContaining("The answer did not finish within 0.2 s") as string,
    });
    expect(abandoned).toBe(true);
    expect(performance.now() - start).toBeLessThan(1200);
  });

  test("hands on what succeeds and what fails", async () => {
    const budget = Budget.ofSeconds(5);
    await expect(budget.run("x", Promise.resolve(1))).resolves.toBe(1);
    await expect(budget.run("x", Promise.reject(new Error("own")))).rejects.toThrow("own");
  });

  test("a slice never outlives its budget", () => {
    const budget = Budget.ofSeconds(0.1);
    expect(budget.slice(60_000).remaining()).toBeLessThanOrEqual(100);
    expect(budget.slice(10).remaining()).toBeLessThanOrEqual(10);
  });
});

describe("redaction", () => {
  const secret = fc.string({ minLength: 3, maxLength: 40 });

  test("removes a secret in every form in which servers and libraries repeat it", () => {
    fc.assert(
      fc.property(secret, fc.emailAddress(), (value, user) => {
        const forms = [
          value,
          encodeURIComponent(value),
          Buffer.from(value).toString("base64"),
          Buffer.from(`\0${user}\0${value}`).toString("base64"),
          Buffer.from(`user=${user}\u0001auth=Bearer ${value}\u0001\u0001`).toString("base64"),
        ];
        const redact = createRedactor([value], [user]);
        for (const form of forms) expect(redact(`<${form}>`)).toBe("<[secret]>");
      }),
    );
  });

  test("removes a secret from the middle of a longer base64 text", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 9 }),
        fc.stringMatching(/^[\w.-]{9,60}$/),
        fc.string({ maxLength: 9 }),
        (before, value, after) => {
          const masked = createRedactor([value])(Buffer.from(before + value + after).toString("base64"));
          expect(masked).toContain("[secret]");
          // At most one group of three octets is left readable at either end.
          for (const rest of masked.split("[secret]")) {
            const readable = Buffer.from(rest, "base64").toString("latin1");
            expect(readable).not.toContain(value.slice(3, -3).padEnd(1, "\0"));
          }
        },
      ),
    );
  });

  test("leaves text without secrets as it is", () => {
    expect(createRedactor(["hunter2-long"])("535 5.7.8 authentication failed")).toBe("535 5.7.8 authentication failed");
  });
});

describe("authorities of a profile", () => {
  const contextOf = (caCertificates?: string) => tlsOptions("mail.contoso.com", caCertificates).secureContext;

  test("are read once, not at every connection, and never stand for others", () => {
    expect(contextOf("one")).toBe(contextOf("one"));
    expect(contextOf("two")).not.toBe(contextOf("one"));
    expect(contextOf()).toBeUndefined();
  });

  test("are forgotten when many others were used since", () => {
    const first = contextOf("first");
    const kept = contextOf("kept");
    for (let index = 0; index < 15; index += 1) {
      contextOf(`other ${index}`);
      expect(contextOf("kept")).toBe(kept);
    }
    expect(contextOf("first")).not.toBe(first);
  });
});
