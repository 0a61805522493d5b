import { cloudEventsCodec, compressed, defineTopology } from 'nestjs-sns-sqs';

const attributes = () => ({ subject: 'orders/7' });
const codec = compressed(cloudEventsCodec({ source: '/shop/orders', attributes }));
const patterns = ['com.shop.*'];
export const topology = defineTopology({
  topics: [{ name: 'orders' }],
  queues: [{ name: 'billing', patterns, from: [{ topic: 'orders' }], codec }],
  routes: [{ patterns, topic: 'orders', codec }],
});
