import { canonicalJson, type Json } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../credentials/secret.ts';
import { restore, restoreText, Scrub } from './scrub.ts';

const key = '00112233445566778899aabbccddeeff';
const secret = 'sk-test/4Zq8vXw=="é';
const scrub = new Scrub({ key, secrets: () => [new Secret(secret)] });
/** With the hash left out of placeholders, for tables. */
const plain = (text: string) => scrub.text(text).replaceAll(/:[\da-f]{4}\]/g, ']');

describe('COG-7 scrubbing takes out', () => {
  it.each([
    ['Write to john@mail.com.', 'Write to [email].'],
    ['<John.Doe+news@sub.mail.co.uk>', '<[email]>'],
    ['mailto:jörg@bücher.example?subject=x', 'mailto:[email]?subject=x'],
    ['john [at] mail [dot] com, please', '[email], please'],
    ['john(at)mail(dot)com', '[email]'],
    ['JOHN {AT} mail.com', '[email]'],
    ['?email=john%40mail.com&x=1', '?email=[email]&x=1'],
    ['john＠mail.com', '[email]'],
    ['"john"@mail.com', '"[email]'],
    ['{"to":"john@mail.com"}', '{"to":"[email]"}'],
    ['john@mail.com+jane@mail.com', '[email]+[email]'],
    ['john@mail.com@mail.com', '[email]@mail.com'],
    ['postgres://app:hunter@db.mail.com/x', 'postgres://app:[email]/x'],
    [`${'x'.repeat(200)}john@mail.com`, `${'x'.repeat(140)}[email]`],
    ['a@163.com b@360.cn', '[email] [email]'],
  ])('the e-mail address of %j', (text, left) => expect(plain(text)).toBe(left));

  it.each([
    ['card 4111111111111111.', 'card [card].'],
    ['card:4111 1111 1111 1111', 'card:[card]'],
    ['5500-0055-5555-5559 12/27', '[card] 12/27'],
    ['3782 822463 10005', '[card]'],
    ['6759 6498 2643 8453', '[card]'],
    ['4222222222222', '[card]'],
    ['6304 0000 0000 0000 000', '[card]'],
    ['1234 4111.1111.1111.1111', '1234 [card]'],
    ['4111\u00a01111\u00a01111\u00a01111', '[card]'],
    ['card_4111111111111111', 'card_[card]'],
    ['4111111111111111USD', '[card]USD'],
  ])('the payment card of %j', (text, left) => expect(plain(text)).toBe(left));

  it.each([
    ['DE89370400440532013000', '[iban]'],
    ['IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX', 'IBAN [iban] BIC COBADEFFXXX'],
    ['ES91 2100 0418 4502 0005 1332 with thanks', '[iban] with thanks'],
    ['gb29nwbk60161331926819', '[iban]'],
    ['NO9386011117947,', '[iban],'],
    ['MT84MALT011000012345MTLCAST001S', '[iban]'],
    ['AB12 3456 7890 DE89 3704 0044 0532 0130 00', 'AB12 3456 7890 [iban]'],
    ['GB29-NWBK-6016-1331-9268-19', '[iban]'],
  ])('the bank account of %j', (text, left) => expect(plain(text)).toBe(left));

  it.each([
    ['SSN 123-45-6789', 'SSN [ssn]'],
    ['ssn:123.45.6789.', 'ssn:[ssn].'],
    ['123–45–6789', '[ssn]'],
  ])('the social security number of %j', (text, left) => expect(plain(text)).toBe(left));

  it.each([
    ['+1 415 555 0100', '[phone]'],
    ['tel:+14155550100', 'tel:[phone]'],
    ['+44 (0)20 7946 0958', '[phone]'],
    ['0044 20 7946 0958', '[phone]'],
    ['call 00442079460958 now', 'call [phone] now'],
    ['(415) 555-0100', '[phone]'],
    ['Tel.415-555-0100', 'Tel.[phone]'],
    ['415.555.0100, 415 555 0100', '[phone], [phone]'],
    ['1-415-555-0100', '[phone]'],
    ['415-555-0100x12', '[phone]x12'],
    ['030 / 1234567', '[phone]'],
    ['0171 1234567', '[phone]'],
    ['030/1234567', '[phone]'],
    ['06 12 34 56 78', '[phone]'],
    ['(020) 7946 0958', '[phone]'],
    ['+49-171-123.45.67', '[phone]'],
  ])('the telephone number of %j', (text, left) => expect(plain(text)).toBe(left));

  it.each([
    ['from 192.168.1.1.', 'from [ip].'],
    ['http://10.0.0.1:8080/x', 'http://[ip]:8080/x'],
    ['ip=24.35.67.89', 'ip=[ip]'],
    ['IP address: 8.8.8.8', 'IP address: [ip]'],
    ['ssh root@5.9.8.7', 'ssh root@[ip]'],
    ['172.16.0.0/12', '[ip]/12'],
    ['2001:db8::1', '[ip]'],
    ['address:2001:0db8:85a3:0000:0000:8a2e:0370:7334.', 'address:[ip].'],
    ['code:2001:db8::ff00:42:8329', 'code:[ip]'],
    ['http://[fe80::1]:80/', 'http://[[ip]]:80/'],
    ['fe80::1%eth0: up', '[ip]%eth0: up'],
    ['fe80::1: up', '[ip]: up'],
    ['::ffff:203.0.113.9', '[ip]'],
  ])('the address of %j', (text, left) => expect(plain(text)).toBe(left));

  it.each([secret, encodeURIComponent(secret), Buffer.from(`user:${secret}`).toString('base64'), JSON.stringify({ secret })])(
    'the secret of %j',
    (text) => {
      const left = scrub.text(`before ${text} after`);
      expect(left).toMatch(/^before .*\[secret\].* after$/);
      for (const piece of ['sk-test', '4Zq8', 'vXw']) expect(left).not.toContain(piece);
    },
  );
});

describe('COG-7 scrubbing leaves alone', () => {
  it.each([
    'image@2x.png and icon@1.5x.webp',
    'npm i lodash@4.17.21 pkg@1.0.0-beta.rc @scope/name',
    'meet at (at) noon; me@localhost',
    'section 1.2.3.4, §4.120.1.2, chapter 10.2.1.3, Section: 12.11.10.9',
    'version 10.0.19.104, v1.2.3.104, release 2.10.15.30; 1.2.3.4; 3.5.0.0; numpy==1.26.104.3',
    'Chrome/120.0.6099.109 and 1.2.3.4.5',
    '1.192.168.1.1',
    'localhost is 127.0.0.1, any is 0.0.0.0:80, the mask 255.255.255.0',
    'ticket 4155550100, #415-555-0100, JIRA-415-555-0100, INC0044207946095, order 0012345678',
    'on 01.02.2026 10:30, 01/02/2026, 2026-11-20T10:00:00, 12:00 12345678',
    'ids 1764531747000, 9223372036854775809, 988912020558602331 and 4111111111111112 and 12345678901234567890123',
    'years 2019 2020 2021 2022, 01 02 03 04 05 06 07 08 09 10',
    '0.4111111111111111',
    'a4111111111111111f 550e8400-e29b-41d4-a716-446655440000',
    'DE89370400440532013001 and GB29 NWBK 6016 1331 9268 18',
    '000-12-3456 666-12-3456 900-12-3456 1-123-45-6789 123-45.6789',
    'std::cafe::b00 a::b ::1 12:30:45 aa:bb:cc:dd:ee:ff aa:bb:cc:dd:ee:ff:00:11',
    '1e+12345678 x+12345678 +1234567',
    '[email:1f3c] [secret] [ip:0000]',
    'price 1,299.00; 3.14159265358979; 100-200-3000',
  ])('%j', (text) => expect(scrub.text(text)).toBe(text));
});

describe('COG-7 a placeholder', () => {
  it('is the same for the same value everywhere, whatever was seen before, and another for another', () => {
    const [first] = scrub.text('john@mail.com').match(/\[.*?\]/) ?? [];
    expect(first).toMatch(/^\[email:[\da-f]{4}\]$/);
    expect(new Scrub({ key, secrets: () => [] }).text('jane@mail.com, (john@mail.com)')).toContain(`(${first})`);
    expect(scrub.text('jane@mail.com')).not.toBe(first);
  });

  it('is another in another cassette', () => {
    const text = 'john@mail.com 4111111111111111 +1 415 555 0100';
    expect(new Scrub({ key: key.replaceAll('0', '1'), secrets: () => [] }).text(text)).not.toBe(scrub.text(text));
  });
});

describe('COG-7 JSON', () => {
  it('is scrubbed in text, names of members and numbers, and equal values give equal text whatever their order', () => {
    const { value } = scrub.json({ b: ['john@mail.com', { 'john@mail.com': 4111111111111111 }], a: [1, true, null, 1.5] });
    expect(canonicalJson(value).replaceAll(/:[\da-f]{4}\]/g, ']')).toBe('{"a":[1,true,null,1.5],"b":["[email]",{"[email]":"[card]"}]}');
    expect(JSON.stringify(scrub.json({ z: 1, a: 2 }).value)).toBe('{"a":2,"z":1}');
    expect(JSON.stringify(scrub.json(JSON.parse('{"__proto__":"john@mail.com"}')).value)).toContain('{"__proto__":"[email:');
  });

  it('has what was replaced restored, secrets not', () => {
    const value = { to: 'john@mail.com', tel: ['+14155550100'], key: secret };
    const scrubbed = scrub.json(value);
    expect(restore(scrubbed.value, scrubbed.found)).toEqual({ ...value, key: '[secret]' });
    expect(restoreText('[email:zzzz] [ip:0000]', scrubbed.found)).toBe('[email:zzzz] [ip:0000]');
  });

  it('has a placeholder that stands for two values left where it is', () => {
    const seen = new Map<string, string>();
    let twins: string[] = [];
    for (let index = 0; twins.length === 0; index += 1) {
      const mail = `user${index}@mail.com`;
      const twin = seen.get(scrub.text(mail));
      if (twin !== undefined) twins = [twin, mail];
      seen.set(scrub.text(mail), mail);
    }
    const { value, found } = scrub.json(twins);
    expect(restore(value, found)).toEqual(value);
  });
});

const pieces = [
  ...['john@mail.com', 'jane [at] mail [dot] com', '4111 1111 1111 1111', 'DE89 3704 0044 0532 0130 00', '123-45-6789', '192.168.1.1'],
  ...['2001:db8::1', '+1 415 555 0100', '(415) 555-0100', '0171 1234567', '1.2.3.4', secret, 'section ', 'v', 'x', '1', '-', '.', ' ', ':'],
  ...['@', '+', '#', '00', '0', '4', '\n', '/', 'é', '😀', 'mail.com', '[', ']'],
];
const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));

describe('COG-7 whatever the text', () => {
  it('what has been scrubbed stays as it is when it is scrubbed again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = scrub.text(text);
        expect(scrub.text(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  it('restoring gives back what was scrubbed, but for secrets', () => {
    const withoutSecrets = new Scrub({ key, secrets: () => [] });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
        const { value, found } = withoutSecrets.json([text]);
        const ambiguous = [...found].some(([placeholder, original]) => placeholder === original);
        if (!ambiguous) expect(restore(value, found)).toEqual([text]);
      }),
      { numRuns: 3000 },
    );
  });

  it('text without digits and at-signs is left alone', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !/[\d@＠]/.test(each));
    fc.assert(fc.property(text, (each) => void expect(scrub.text(each)).toBe(each)));
  });

  it.each([
    ['a', 'letters'],
    ['1', 'digits'],
    ['@', 'at-signs'],
    ['a@', 'at-signs and letters'],
    ['a@a.', 'dots and at-signs'],
    ['a.', 'labels'],
    ['1.', 'parts'],
    ['1 ', 'groups of one'],
    ['1234 ', 'groups'],
    ['4111-', 'groups of a card'],
    ['DE89 ', 'beginnings of accounts'],
    ['AB12CD34', 'letters and digits'],
    ['::', 'colons'],
    ['a:', 'groups of hexadecimal digits'],
    ['+1', 'plus signs'],
    ['+1 (', 'parentheses'],
    ['00 ', 'zeros'],
    ['01 ', 'national numbers'],
    ['a (at) ', 'words for at'],
    ['a@b [dot] ', 'words for dots'],
    [' ', 'spaces'],
    ['[', 'brackets'],
    [`${'a'.repeat(64)}@`, 'long names'],
    [`a@${'b'.repeat(63)}.`, 'long labels'],
    ['john@mail.com ', 'addresses'],
    ['(415) 555-0100', 'telephone numbers'],
    ['0171 1234567(415) 555-0100', 'telephone numbers of two countries'],
    ['10.0.0.1\n', 'addresses of computers'],
  ])('a million characters of %j (%s) take time in proportion', (unit) => {
    const size = 1_000_000;
    const text = unit.repeat(size / unit.length);
    const began = performance.now();
    scrub.text(text);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

it('COG-7 JSON of any shape keeps it, apart from what was scrubbed', () => {
  const json = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(json, (value) => {
      const scrubbed = scrub.json(value);
      if (scrubbed.found.size === 0) expect(canonicalJson(scrubbed.value)).toBe(canonicalJson(value));
    }),
  );
});
