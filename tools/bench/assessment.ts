import { assessCompatibility, assessStack, type Configuration } from "pulumi-server-side-sync";
import { median, type Row } from "./table";

const bindings = 10_000;
const runs = 7;
const boundMicroseconds = 50;

const ews = {
  serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
  credentials: { source: "user-or-queue" },
} as const;
const systems: Configuration["profile"][] = [
  { emailSystem: "gmail" },
  { emailSystem: "yahoo-mail" },
  { emailSystem: "outlook.com" },
  { emailSystem: "exchange-online" },
  { emailSystem: "exchange-server-2019", incoming: ews },
];
const organization = { deployment: "on-premises", fips: false, allowedEmailDomains: ["contoso.com"] } as const;
const profiles = Array.from({ length: 10 }, (_, index) => profileOf(index));

function profileOf(index: number): Configuration["profile"] {
  const declared = systems[index % systems.length] ?? { emailSystem: "gmail" };
  const settings = { ...organization, allowedEmailDomains: [...organization.allowedEmailDomains] };
  return { ...declared, organization: settings } as Configuration["profile"];
}

/** @param profile the profile of each binding, by its number */
const stackWith = (profile: (index: number) => Configuration["profile"]): Configuration[] =>
  Array.from({ length: bindings }, (_, index) => ({
    profile: profile(index),
    mailbox: {
      emailAddress: `mailbox-${index}@contoso.com`,
      credentials: { type: "password", password: { env: "PASSWORD", version: "1" } },
    },
  }));

function perBinding(assess: () => unknown): number {
  const microseconds = Array.from({ length: runs }, () => {
    const start = performance.now();
    assess();
    return ((performance.now() - start) * 1000) / bindings;
  });
  // The first run also compiles.
  return median(microseconds.slice(1));
}

/** Microseconds for each binding, its profile included. */
export function assessmentRows(): Row[] {
  const common = { bound: boundMicroseconds, unit: "µs" };
  const shared = stackWith((index) => profiles[index % profiles.length] ?? profileOf(index));
  const own = stackWith(profileOf);
  return [
    { what: "assessStack, 10 profiles", measured: perBinding(() => assessStack(shared)), ...common },
    { what: "assessStack, a profile object for each", measured: perBinding(() => assessStack(own)), ...common },
    {
      what: "assessCompatibility, one by one",
      measured: perBinding(() => {
        for (const configuration of own) assessCompatibility(configuration);
      }),
      ...common,
    },
  ];
}
