/** Things that are kept with one name for a key and shown with another. */
import { type TObject, type TProperties, Type } from 'typebox';

type Renamed<P, N> = { [K in keyof P as K extends keyof N ? N[K] & string : K]: P[K] };

/**
 * The shape of a thing that is kept as it is shown, keys in the same order.
 * @param names those that differ, by the one it is kept with
 */
export function renamed<P extends TProperties, const N extends { readonly [K in keyof P]?: string }>(
  { type: _, required: __, properties, ...options }: TObject<P>,
  names: N,
): TObject<Renamed<P, N>> {
  const shown = Object.entries(properties).map(([key, of]) => [names[key] ?? key, of]);
  return Type.Object(Object.fromEntries(shown) as Renamed<P, N>, options);
}
