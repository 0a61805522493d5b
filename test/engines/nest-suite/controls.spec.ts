import { nestSuite } from '../../nest-suite/nest-suite.js';
import { nats, rabbitmq } from '../../nest-suite/wirings.js';
import { addressOf, runsOver } from '../engine.js';

// The suite that this transport passes in `npm test`, over transports that Nest brings along: what it asks for is Nest's.
const control = runsOver('nats') ? nats : rabbitmq;
nestSuite(control(addressOf(runsOver('nats') ? 'nats' : 'rabbitmq')));
