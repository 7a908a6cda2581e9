import type { ColumnValue, ColumnValues } from "./columns/column";
import { idOf } from "./columns/sameValue";

/** What an organization gives to new mailboxes: option values as they are stored. */
export interface DefaultEmailSettings {
  profileId: string | null;
  incomingEmail: number | null;
  outgoingEmail: number | null;
  appointmentsContactsTasks: number | null;
}

type Method = Exclude<keyof DefaultEmailSettings, "profileId">;

const elements: Readonly<Record<Method, string>> = {
  incomingEmail: "IncomingEmailDeliveryMethod",
  outgoingEmail: "OutgoingEmailDeliveryMethod",
  appointmentsContactsTasks: "ACTDeliveryMethod",
};
const methods = Object.keys(elements) as Method[];

const pattern = (element: string) => new RegExp(`<${element}\\s*>([^<]*)</${element}\\s*>|<${element}\\s*/>`);

function methodIn(xml: ColumnValue | undefined, element: string): number | null {
  const [, value = ""] = pattern(element).exec(String(xml ?? "")) ?? [];
  return /^\s*-?\d+\s*$/.test(value) ? Number(value) : null;
}

/** Default profile and methods from the organization's record. */
export function readDefaultEmailSettings(organization: ColumnValues): DefaultEmailSettings {
  const { defaultemailsettings: xml } = organization;
  return {
    profileId: idOf(organization.defaultemailserverprofileid),
    incomingEmail: methodIn(xml, elements.incomingEmail),
    outgoingEmail: methodIn(xml, elements.outgoingEmail),
    appointmentsContactsTasks: methodIn(xml, elements.appointmentsContactsTasks),
  };
}

/** The XML with other default methods. Whatever else it holds stays as it is; null takes an element out. */
export function withDefaultMethods(xml: string | null, wanted: Partial<Pick<DefaultEmailSettings, Method>>): string {
  const whole = xml === null || !/<EmailSettings[\s>]/.test(xml) ? "<EmailSettings></EmailSettings>" : xml;
  return methods.reduce((text, method) => {
    const value = wanted[method];
    return value === undefined ? text : withMethod(text, elements[method], value);
  }, whole);
}

function withMethod(xml: string, element: string, value: number | null): string {
  const written = value === null ? "" : `<${element}>${value}</${element}>`;
  if (pattern(element).test(xml)) return xml.replace(pattern(element), written);
  return xml.replace("</EmailSettings>", `${written}</EmailSettings>`);
}
