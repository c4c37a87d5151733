import { describe, expect, test } from 'vitest';
import { readCodeLines } from './code-lines.ts';
import { codeSigns } from './code-signs.ts';
import { readRequest } from './read-request.ts';

const isCode = (content: string) => codeSigns(readRequest([{ role: 'user', content }])).length > 0;

describe('COG-2: lines of code', () => {
  test.each([
    ['JavaScript', 'export async function load(id) {\n  const row = await db.get(id);\n  return row;\n}'],
    ['TypeScript', 'interface User {\n  name: string;\n}\nimport { a } from "b";'],
    ['Python', 'from os import path\ndef f(x):\n    if x == 1:\n        return x'],
    ['Go', 'package main\nfunc main() {\n\tx := f()\n}'],
    ['Rust', 'use std::fs;\npub fn read<T>(x: T) {}\nimpl Read for File {'],
    ['Java', 'public class Main {\n  public static void main(String[] args) {\n    System.out.println(x);'],
    ['C', '#include <stdio.h>\nfor (int i = 0; i < n; i++) {\n  x[i] += 1;'],
    ['SQL', 'SELECT a, b\nFROM t;\nSELECT id FROM users;\nUPDATE users SET a = 1;'],
    ['a shell', '$ npm run build\ngit commit -m "x"\ncurl -s localhost'],
  ])('of %s are seen', (_language, text) => {
    expect(readCodeLines(text).lines).toBeGreaterThanOrEqual(2);
  });

  test.each([
    'For each item, list the following:\nif the guest asks for it:\nwhile you are there:',
    'class notes for Monday\nimport goods from Spain\nreturn the book\nuse caution',
    'UPDATE: the meeting moved\nSELECT ONE of the following and continue with it\nwith love:\nfrom Ann to Bob',
    '$ 500 for the lamp\n@Everyone come\ncurl the hair\ndocker is what they call her',
    '{\n  "name": "Ann",\n  "tags": [\n    "a"\n  ]\n}',
    'a = b\nI saw (and heard) it\nlet me know\nvar: unknown\npublic transport (buses)',
    '| a | b |\n|---|---|\n- one\n* two\n1. three',
  ])('are not seen in prose, lists and data: %j', (text) => {
    expect(readCodeLines(text).lines).toBe(0);
  });

  test('changes and traces are told from code', () => {
    expect(readCodeLines('diff --git a/x b/x\n@@ -1,2 +1,3 @@')).toMatchObject({ hasDiff: true, hasTrace: false });
    for (const trace of [
      'Error: x\n    at Object.run (/app/a.js:3:4)',
      'at com.example.Main.run(Main.java:3)',
      'Traceback (most recent call last):',
      '  File "a.py", line 3, in f',
      'goroutine 1 [running]:',
      "thread 'main' panicked at src/main.rs:2",
      'Exception in thread "main"',
    ]) {
      expect(readCodeLines(trace)).toMatchObject({ hasTrace: true, hasDiff: false });
    }
    expect(readCodeLines('at the station (platform 3)\nat home')).toMatchObject({ hasTrace: false });
  });

  test('blocks name their language, if it is one', () => {
    expect(readCodeLines('```ts\n```\n~~~Python title\n~~~\n```json\n```\n```\n```').languages).toEqual(['ts', 'python']);
  });
});

describe('COG-2: whether a request is about code', () => {
  test.each([
    'Rename getUserName to fetchUserName.',
    'What does parse_date() in utils.py do with user_name?',
    'My Java class throws an exception.',
    'Escribe una función que ordene una lista.',
    'この関数をリファクタリングして、コードを短くして。',
  ])('yes: %s', (text) => expect(isCode(text)).toBe(true));

  test.each([
    'Write to ann_lee@example.com about https://example.com/getUserName/fetchUserName.',
    'My iPhone and the eBay app, bought on YouTube.',
    'Write the script of a play about a bug.',
    'Which item(s) are missing?',
    'The function of the heart is to pump.',
    'Have you been to Java?',
    'Return the answer as a JSON array.',
  ])('no: %s', (text) => expect(isCode(text)).toBe(false));
});
