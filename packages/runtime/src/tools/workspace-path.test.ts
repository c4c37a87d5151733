import { describe, expect, it } from 'vitest';
import { isProtected, workspaceSegments } from './workspace-path.ts';

describe('paths in a workspace', () => {
  it.each([
    ['notes.md', ['notes.md']],
    ['./a/./b.md', ['a', 'b.md']],
    ['.', []],
    ['.hidden/..double', ['.hidden', '..double']],
    ['Grüße/世界 1.md', ['Grüße', '世界 1.md']],
    ['console.md', ['console.md']],
    ['.gitignore', ['.gitignore']],
  ])('%j is %j', (path, segments) => {
    expect(workspaceSegments(path)).toEqual(segments);
  });

  it.each([
    ['empty', ''],
    ['absolute', '/etc/passwd'],
    ['going up', '../secret'],
    ['going up in the middle', 'a/../../secret'],
    ['going up and back', 'a/../b'],
    ['with a backslash', '..\\secret'],
    ['of a share', '\\\\server\\share'],
    ['with a drive', 'C:/windows'],
    ['relative to a drive', 'c:secret'],
    ['of an alternate stream', 'notes.md:hidden'],
    ['a URL', 'file:///etc/passwd'],
    ['with NUL', 'notes.md\u0000.png'],
    ['with a newline', 'notes\n.md'],
    ['with DEL', 'notes\u007f.md'],
    ['with a lone surrogate', 'a\ud800.md'],
    ['with an empty name', 'a//b'],
    ['with a slash at the end', 'a/'],
    ['with a dot at the end', 'notes.md.'],
    ['with a blank at the end', 'dir /notes.md'],
    ['of three dots', '.../x'],
    ['of a device', 'NUL'],
    ['of a device with an extension', 'sub/con.txt'],
    ['of a numbered device', 'COM¹'],
    ['of git', '.git/config'],
    ['of git in a subdirectory', 'sub/.GIT/hooks/pre-commit'],
    ['of git with an invisible character', '.g\u200cit/config'],
    ['of git in full-width letters', '\uff0e\uff47\uff49\uff54/config'],
    ['of git by its short name', 'GIT~1/config'],
    ['of the state directory', '.espalier/runs/r1/journal.jsonl'],
    ['of the state directory in other letters', '.EſPALIER/x'],
  ])('a path %s is refused (TOOL-3)', (_what, path) => {
    expect(() => workspaceSegments(path)).toThrow(expect.objectContaining({ code: 'path.outside_workspace' }));
  });

  it.each([`${'a'.repeat(256)}.md`, '世'.repeat(90), 'abc/'.repeat(300).slice(0, -1)])(
    'over-long names are refused with a short message',
    (path) => {
      const attempt = () => workspaceSegments(path);
      expect(attempt).toThrow(expect.objectContaining({ code: 'tool.failed' }));
      expect(attempt).toThrow(/^.{1,200}$/);
    },
  );

  it('shows hostile paths escaped and shortened', () => {
    expect(() => workspaceSegments(`/\u001b[2J${'x'.repeat(1000)}`)).toThrow(/^"\/\\u001b.{1,300}$/);
  });

  it('does not take similar names for protected ones', () => {
    expect(['.github', 'git', '.espalier2', 'espalier'].filter(isProtected)).toEqual([]);
  });
});
