/** SSIDs as numbers, as a store keeps them. */

/** Stands for the records that ask for an SSID. */
export const WITHOUT_SSID = -1;

export const ssidNumber = (ssid: string): number => (ssid === '' ? WITHOUT_SSID : Number(ssid));

export const ssidText = (number: number): string =>
  number > 999_999_999 ? String(number) : number === WITHOUT_SSID ? '' : String(number).padStart(10, '0');
