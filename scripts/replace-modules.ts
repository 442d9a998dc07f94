import { registerHooks } from 'node:module';

/**
 * Has modules replaced that are imported from now on.
 * @param insteadOf the text of the module that is taken instead of the one that an importer names; `undefined` for that
 * one itself
 */
export function replaceModules(insteadOf: (name: string, importer: string) => string | undefined): void {
  registerHooks({
    resolve(name, context, next) {
      const text = insteadOf(name, context.parentURL ?? '');
      if (text === undefined) return next(name, context);
      return { url: `data:text/javascript,${encodeURIComponent(text)}`, shortCircuit: true };
    },
  });
}
