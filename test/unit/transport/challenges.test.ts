import fc from "fast-check";
import { challengesIn } from "../../../provider/src/transport/challenges";

describe("WWW-Authenticate", () => {
  test.each<[string[], string[]]>([
    [[], []],
    [[""], []],
    [["Negotiate"], ["Negotiate"]],
    [
      ["Negotiate", "NTLM", 'Basic realm="x"'],
      ["Negotiate", "NTLM", "Basic"],
    ],
    [['Negotiate, Basic realm="x"'], ["Negotiate", "Basic"]],
    [['NTLM, Basic realm="mail.contoso.com"'], ["NTLM", "Basic"]],
    [[" NTLM ,,Basic\trealm=x , "], ["NTLM", "Basic"]],
    [['Basic realm="one, NTLM, \\"two\\"", charset="UTF-8", Bearer'], ["Basic", "Bearer"]],
    [['Digest realm = "x" , nonce="a==", qop=auth, Basic realm="y"'], ["Digest", "Basic"]],
    [['Bearer client_id="0", trusted_issuers="0@*", error="invalid_token", NTLM'], ["Bearer", "NTLM"]],
    [["Bearer error=invalid_token"], ["Bearer"]],
    [["NTLM TlRMTVNTUAAC"], ["NTLM TlRMTVNTUAAC"]],
    [['Negotiate TlRMTVNTUAAC==, Basic realm="x"'], ["Negotiate TlRMTVNTUAAC==", "Basic"]],
    [['Basic realm="x", NTLM  TlRM+/=='], ["Basic", "NTLM TlRM+/=="]],
    [["X-Own-1, Basic"], ["X-Own-1", "Basic"]],
    [['Basic realm="never closed, NTLM'], ["Basic", "NTLM"]],
    [['"quoted, Basic", @@@, NTLM'], ["NTLM"]],
  ])("%j offers %j", (headers, offered) => {
    expect(challengesIn(headers).map(({ scheme, token }) => [scheme, token].filter(Boolean).join(" "))).toEqual(
      offered,
    );
  });

  test("is read to its end whatever stands in it, in no time", () => {
    const pieces = fc.constantFrom("NTLM", "Basic", " ", ",", "=", '"', "\\", "x", "\t", "@", "==");
    const start = performance.now();
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => {
        for (const { scheme } of challengesIn([parts.join("")])) expect(scheme).toMatch(/^[^\s",=@\\]+$/);
      }),
    );
    for (const piece of ['"', "a=", "NTLM ", "a ", '\\"', "=,"]) challengesIn([piece.repeat(16 * 1024)]);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
