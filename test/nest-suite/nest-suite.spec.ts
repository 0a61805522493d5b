import { nestSuite } from './nest-suite.js';
import { snsSqs, tcp } from './wirings.js';

// Over NATS and RabbitMQ: test/engines/nest-suite.
nestSuite(snsSqs());
nestSuite(tcp());
