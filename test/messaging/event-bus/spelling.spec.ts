import { describe, expect, it } from '@jest/globals';
import { assert, property, stringMatching } from 'fast-check';
import { lowerCamel, readSpelled, respelled } from '../../../src/messaging/event-bus/spelling.js';

describe('lowerCamel', () => {
  it.each([
    ['entityName', 'entityName'],
    ['entity_name', 'entityName'],
    ['EntityName', 'entityName'],
    ['ID', 'id'],
    ['HTTPStatus', 'httpStatus'],
    ['line_2_text', 'line2Text'],
    ['_private', '_private'],
    ['__proto__', '__proto__'],
    ['x', 'x'],
    ['', ''],
  ])('writes %s as %s', (name, written) => {
    expect(lowerCamel(name)).toBe(written);
  });

  it('changes nothing the second time', () => {
    assert(
      property(stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/), (name) => {
        expect(lowerCamel(lowerCamel(name))).toBe(lowerCamel(name));
      }),
    );
  });
});

describe('readSpelled', () => {
  it('finds a name in lowerCamel, snake_case and PascalCase', () => {
    for (const key of ['publisherName', 'publisher_name', 'PublisherName']) {
      expect([...readSpelled({ [key]: 'x' }, ['publisherName'])]).toEqual([['publisherName', 'x']]);
    }
  });

  it('takes the name itself before other spellings of it, wherever it stands', () => {
    const object = { EntityId: 'pascal', entity_id: 'snake', entityId: 'camel' };
    expect(readSpelled(object, ['entityId']).get('entityId')).toBe('camel');
  });
});

describe('respelled', () => {
  it('leaves other keys alone and gives no object another prototype', () => {
    const object = JSON.parse(
      '{"first_name":"A","__proto__":{"polluted":true},"other_key":1}',
    ) as Record<string, unknown>;
    const read = respelled(object, ['firstName']);
    expect(read).toMatchObject({ firstName: 'A', other_key: 1 });
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(read).not.toHaveProperty('polluted');
  });
});
