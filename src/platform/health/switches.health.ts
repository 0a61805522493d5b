import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';

/** Injection token of the argument of `HealthModule.forRoot`. */
export const SWITCHES = Symbol('SWITCHES');

/** By feature, what its settings turn on or off, such as `{ sessions: { metadata: 'off' } }`. */
export type Switches = Readonly<Record<string, Readonly<Record<string, 'on' | 'off'>>>>;

/** Reports what is on and off. It never fails, because off is a decision. */
@Injectable()
export class SwitchesHealth {
  constructor(
    @Inject(SWITCHES) private readonly switches: Switches,
    private readonly indicators: HealthIndicatorService,
  ) {}

  checks(): (() => HealthIndicatorResult)[] {
    return Object.entries(this.switches).map(
      ([feature, states]) =>
        () =>
          this.indicators.check(feature).up({ ...states }),
    );
  }
}
