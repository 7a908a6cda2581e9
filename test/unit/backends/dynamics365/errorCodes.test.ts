import { rules } from "pulumi-server-side-sync";
import {
  codeMeaning,
  hexadecimalOf,
  knownCodes,
} from "../../../../provider/src/backends/dynamics365/webApi/errorCodes";
import { dynamicsFaults } from "../../../../provider/src/backends/dynamics365/webApi/errors";
import { serverErrors } from "../../../../provider/src/compatibility/serverErrors";
import { ruleIds } from "pulumi-server-side-sync";
import { faultCatalogue } from "../../../../provider/src/testing/diagnosis";

test("every error of the server-side synchronization family has a meaning", () => {
  for (const [name, hexadecimal] of Object.entries(serverErrors))
    expect(codeMeaning(hexadecimal)).toMatchObject({ name, code: expect.stringMatching(/^[a-z0-9-]+$/) as string });
});

test("an error that one rule alone foresees has its id", () => {
  const shared = "EmailServerProfileInvalidAuthenticationProtocol";
  for (const { id, serverErrors: names = [] } of rules)
    for (const name of names) {
      const { code } = codeMeaning(serverErrors[name]) ?? {};
      if (name === shared) expect(code).toBe("authentication-protocol-refused");
      else
        expect(rules.filter((rule) => rule.serverErrors?.includes(name)).map((rule) => rule.id)).toContain(code ?? id);
    }
});

test.each([
  ["0x8005E248", "0x8005E248"],
  ["0x8005e248", "0x8005E248"],
  ["8005E248", "0x8005E248"],
  [-2147098040, "0x8005E248"],
  ["-2147220891", "0x80040265"],
  ["", undefined],
  ["0x0", undefined],
  ["ServiceUnavailable", undefined],
  [0, undefined],
])("%p is the code %p", (code, hexadecimal) => {
  expect(hexadecimalOf(code)).toBe(hexadecimal);
});

test.each([
  ["0x80072321", "dynamics-throttled", true],
  ["0x80072322", "dynamics-throttled", true],
  ["0x80072326", "dynamics-throttled", true],
  ["0x8005E248", "test-already-running", true],
  ["0x80040220", "dynamics-privilege-missing", false],
  ["0x8009000B", "approval-not-permitted", false],
  ["0x8005E233", "delete-emails-on-user-mailbox", false],
])("%s is %s", (hexadecimal, code, transient) => {
  expect(codeMeaning(hexadecimal)).toMatchObject({ code, transient });
});

test("a code is transient or not, wherever it comes from, and is no code of a mail server", () => {
  const seen = new Map<string, boolean>();
  const mail = new Set(Object.values(faultCatalogue).flatMap((rows) => rows.map(({ code }) => code)));
  const transport = new Set(faultCatalogue.oauth.map(({ code }) => code).filter((code) => !code.startsWith("oauth-")));
  for (const { code, transient, verdict, remedy } of dynamicsFaults()) {
    expect([code, seen.get(code) ?? transient]).toEqual([code, transient]);
    seen.set(code, transient);
    expect(remedy).toMatch(/^["A-Z].*\.$/);
    expect(verdict).not.toMatch(/\.$/);
    expect([code, mail.has(code) && !transport.has(code) && !ruleIds.includes(code as never)]).toEqual([code, false]);
  }
  expect(seen.size).toBeGreaterThan(60);
});

test("no row hides another", () => {
  const fault = { protocol: "dynamics", host: "h", phase: "mailbox", text: "", fromServer: true } as const;
  for (const hexadecimal of knownCodes().keys()) {
    const found = dynamicsFaults().find((row) => row.matches({ ...fault, replyCode: 400, responseCode: hexadecimal }));
    expect(found?.code).toBe(codeMeaning(hexadecimal)?.code);
  }
});
