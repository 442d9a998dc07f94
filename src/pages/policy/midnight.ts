/** The moment at which a day begins in California, which extracts are made for. */
const HOUR = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Los_Angeles', hour: 'numeric', hourCycle: 'h23' });
const OFFSETS = ['-07:00', '-08:00'];

/**
 * @param day `2027-07-01`
 * @returns such as `2027-07-01T00:00:00-07:00`; what is no such day as it is, so that REST says what is wrong with it
 */
export function midnight(day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return day;
  const moments = OFFSETS.map((offset) => `${day}T00:00:00${offset}`);
  const isMidnight = (moment: string): boolean =>
    !Number.isNaN(Date.parse(moment)) && Number(HOUR.format(new Date(moment))) === 0;
  return moments.find(isMidnight) ?? day;
}
