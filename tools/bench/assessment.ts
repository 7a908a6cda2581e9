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
const profiles = Array.from(
  { length: 10 },
  (_, index) => ({ ...systems[index % systems.length] }) as Configuration["profile"],
);
const stack = Array.from({ length: bindings }, (_, index): Configuration => ({
  profile: profiles[index % profiles.length] ?? { emailSystem: "gmail" },
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
  return [
    { what: "assessStack, all at once", measured: perBinding(() => assessStack(stack)), ...common },
    {
      what: "assessCompatibility, one by one",
      measured: perBinding(() => {
        for (const configuration of stack) assessCompatibility(configuration);
      }),
      ...common,
    },
  ];
}
