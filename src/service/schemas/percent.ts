/** How far a job is, for people. */
import { Type } from 'typebox';

export const Percent = Type.Integer({ minimum: 0, maximum: 100, description: 'How much is done, in percent' });

/**
 * A whole percent; 100 only when all is done.
 * @param fraction 0 to 1, as it is kept
 */
export const percentOf = (fraction: number): number => Math.floor(fraction * 100 + 1e-9);
