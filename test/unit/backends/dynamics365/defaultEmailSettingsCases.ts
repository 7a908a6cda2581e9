const none = { incomingEmail: null, outgoingEmail: null, appointmentsContactsTasks: null };

/** XML of `organization.defaultemailsettings`, and what it says. */
export const defaultEmailSettingsCases: [string | null, typeof none | Record<keyof typeof none, number | null>][] = [
  [null, none],
  ["", none],
  ["<EmailSettings/>", none],
  ["<EmailSettings></EmailSettings>", none],
  [
    "<EmailSettings><IncomingEmailDeliveryMethod>2</IncomingEmailDeliveryMethod><OutgoingEmailDeliveryMethod>1</OutgoingEmailDeliveryMethod><ACTDeliveryMethod>0</ACTDeliveryMethod></EmailSettings>",
    { incomingEmail: 2, outgoingEmail: 1, appointmentsContactsTasks: 0 },
  ],
  [
    '<?xml version="1.0"?>\n<EmailSettings>\n <Other>$&1</Other>\n <ACTDeliveryMethod> 2 </ACTDeliveryMethod>\n <OutgoingEmailDeliveryMethod/>\n</EmailSettings>',
    { ...none, appointmentsContactsTasks: 2 },
  ],
];
