import type { FactoryProvider, InjectionToken } from '@nestjs/common'

type Constructor<T> = new (...args: never[]) => T

/**
 * A Nest provider that builds `type` from other providers, in the order of its constructor. Keeps decorators, and
 * with them Nest itself, out of the classes.
 */
export function wire<T>(type: Constructor<T>, ...inject: InjectionToken[]): FactoryProvider<T> {
  return provide(type as unknown as InjectionToken, type, ...inject)
}

/** Like `wire`, under another token: an adapter under its port. */
export function provide<T>(
  token: InjectionToken,
  type: Constructor<T>,
  ...inject: InjectionToken[]
): FactoryProvider<T> {
  return { provide: token, useFactory: (...args: unknown[]) => new type(...(args as never[])), inject }
}
