/** Whether a layer of tests can run on this machine. */
export interface Availability {
  available: boolean;
  reason?: string;
}
