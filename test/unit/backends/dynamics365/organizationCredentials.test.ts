import {
  environmentName,
  organizationCredentials,
} from "../../../../provider/src/backends/dynamics365/webApi/organizationCredentials";
import { ServerSideSyncError } from "../../../../provider/src/errors";

type Values = Readonly<Record<string, string>>;
const read = (config: Values, environment: Values = {}, namespace = "server-side-sync") =>
  organizationCredentials((key) => config[key.slice(namespace.length + 1)], environment, namespace);
function failure(work: () => unknown): ServerSideSyncError {
  try {
    work();
  } catch (error) {
    if (error instanceof ServerSideSyncError) return error;
  }
  throw new TypeError("no error of ours");
}

const windows = { auth: "windows", username: "CONTOSO\\svc", password: "s3cret" };
const app = { tenantId: "contoso.com", clientId: "c1" };

test.each<[string, Values, unknown]>([
  ["Windows", windows, windows],
  [
    "AD FS as a user",
    {
      auth: "adfs",
      authority: "https://adfs.contoso.com/adfs",
      clientId: "c1",
      username: "svc@contoso.com",
      password: "p",
    },
    {
      auth: "adfs",
      authority: "https://adfs.contoso.com/adfs",
      clientId: "c1",
      clientSecret: undefined,
      account: { username: "svc@contoso.com", password: "p" },
    },
  ],
  [
    "AD FS as the client",
    { auth: "adfs", authority: "https://adfs.contoso.com/adfs/oauth2/token/", clientId: "c1", clientSecret: "s" },
    { auth: "adfs", authority: "https://adfs.contoso.com/adfs", clientId: "c1", clientSecret: "s", account: undefined },
  ],
  [
    "Entra ID by secret",
    { auth: "entra-secret", ...app, clientSecret: "s", authority: "https://login.microsoftonline.us/x" },
    { auth: "entra-secret", ...app, clientSecret: "s", authority: "login.microsoftonline.us" },
  ],
  [
    "Entra ID by certificate",
    { auth: "entra-certificate", ...app, certificate: "-----BEGIN\nx" },
    { auth: "entra-certificate", ...app, certificate: "-----BEGIN\nx", authority: undefined },
  ],
  ["a given token", { auth: "access-token", accessToken: "t" }, { auth: "access-token", accessToken: "t" }],
])("reads what %s needs, from config or from the environment", (_what, values, expected) => {
  expect(read(values)).toEqual(expected);
  const environment = Object.entries(values).map(([key, value]) => [environmentName("server-side-sync", key), value]);
  expect(read({}, Object.fromEntries(environment) as Values)).toEqual(expected);
});

test("the environment wins, unless it is empty", () => {
  expect(read(windows, { SERVER_SIDE_SYNC_PASSWORD: "newer" })).toEqual({ ...windows, password: "newer" });
  expect(read(windows, { SERVER_SIDE_SYNC_PASSWORD: "" })).toEqual(windows);
});

test("another namespace has variables of its own", () => {
  expect(environmentName("crm-test", "clientSecret")).toBe("CRM_TEST_CLIENT_SECRET");
  expect(read({}, { CRM_TEST_AUTH: "access-token", CRM_TEST_ACCESS_TOKEN: "t" }, "crm-test")).toEqual({
    auth: "access-token",
    accessToken: "t",
  });
});

test.each<[string, Values, string, string]>([
  ["auth", {}, "server-side-sync:auth", "SERVER_SIDE_SYNC_AUTH"],
  ["password", { auth: "windows", username: "u" }, "server-side-sync:password", "SERVER_SIDE_SYNC_PASSWORD"],
  ["tenantId", { auth: "entra-secret", clientId: "c" }, "server-side-sync:tenantId", "SERVER_SIDE_SYNC_TENANT_ID"],
  ["clientSecret", { auth: "entra-secret", ...app }, "server-side-sync:clientSecret", "SERVER_SIDE_SYNC_CLIENT_SECRET"],
  [
    "certificate",
    { auth: "entra-certificate", ...app },
    "server-side-sync:certificate",
    "SERVER_SIDE_SYNC_CERTIFICATE",
  ],
  ["authority", { auth: "adfs" }, "server-side-sync:authority", "SERVER_SIDE_SYNC_AUTHORITY"],
  [
    "username",
    { auth: "adfs", authority: "https://a/adfs", clientId: "c" },
    "server-side-sync:username",
    "SERVER_SIDE_SYNC_USERNAME",
  ],
  ["accessToken", { auth: "access-token" }, "server-side-sync:accessToken", "SERVER_SIDE_SYNC_ACCESS_TOKEN"],
])("a missing %s is named, with the variable and the key", (key, values, configKey, variable) => {
  const error = failure(() => read(values));
  expect(error.code).toBe("organization-credentials-missing");
  expect(error.message).toContain(configKey);
  expect(error.message).toContain(variable);
  expect(error.remedy.includes("--secret")).toBe(
    ["password", "clientSecret", "certificate", "accessToken"].includes(key),
  );
});

test("what cannot be right is refused, and not quoted where it may be a secret", () => {
  expect(failure(() => read({ auth: "window" })).message).toMatch(/windows/);
  expect(failure(() => read({ ...windows, password: "s3cret\n" })).message).not.toContain("s3cret");
  for (const authority of ["http://adfs.contoso.com/adfs", "adfs.contoso.com", "https://u:s3cret@adfs.contoso.com"]) {
    const error = failure(() => read({ auth: "adfs", authority, clientId: "c", clientSecret: "s" }));
    expect(error.code).toBe("organization-credentials-invalid");
    expect(error.message).not.toContain("s3cret");
  }
});
