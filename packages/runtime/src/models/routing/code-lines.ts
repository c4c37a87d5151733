/** Longer lines are prose or minified: what a line is, its beginning tells. */
const lookedAt = 160;

/**
 * What lines of code look like, in several languages, and lines of prose do not. All begin at the start of the line and repeat within
 * bounds: the work per line is bounded.
 */
const shapes: readonly RegExp[] = [
  // function f(, def f(, fn f<, func (
  /^(?:export |default |public |private |protected |static |abstract |final |async |pub ){0,4}(?:function|def|fn|func|fun|sub)\b[ *]{0,2}[\w$]{0,60}[(<[]/,
  // class A {, interface A<T> extends, struct A, impl A for B {
  /^(?:export |default |public |private |abstract |final |sealed |data |pub ){0,4}(?:class|interface|struct|enum|trait|record) [A-Z]\w{0,60}(?:<[\w, ]{1,60}>)?(?:\(.{0,80}\))? ?(?:[{:(]|extends |implements )/,
  /^impl(?:<.{1,40}>)? [\w<>]{1,60}(?: for [\w<>]{1,60})? ?\{/,
  /^(?:public|private|protected|internal) (?:static |final |async |override ){0,3}[\w<>[\], ]{0,60}\w\(/,
  // const x =, let x: T =, y := f()
  /^(?:export |private |static |final ){0,3}(?:const|let|var|val) (?:mut )?[\w${[][\w$, {}[\]:<>]{0,60}=/,
  /^[\w, ]{1,40} := .{1,100}$/,
  /^[\w$.[\]]{1,60} ?(?:[-+*/|&]?=|:=) ?.{1,120};$/,
  /^\w{1,40} = [\w.]{1,40}\(.{0,100}\)$/,
  // import x from 'y', from a import b, #include <c>, use d::e;
  /^import (?:type )?(?:[\w*{$][\w*, {}$]{0,100} from )?['"]/,
  /^(?:import|using|package|use|namespace) [\w.:\\]{1,80}(?:\.\*)?;$/,
  /^from [\w.]{1,80} import \w/,
  /^(?:#include ?[<"]|#!\/|package main$)/,
  // Statements
  /^(?:\} ?)?(?:if|for|while|switch|catch|else if) ?\(.{1,120}[{;)]$/,
  /^(?:if|elif|while) .{0,60}(?:[=!<>]=?|\(|\bnot\b).{0,60}:$/,
  /^for \w{1,20}(?:, \w{1,20}){0,3} in [\w.([]{1,60}.{0,60}[:{]$/,
  /^(?:(?:try|else|finally):|except\b[\w (),.]{0,60}:|with \w[\w.]{0,40}\(.{0,100}:)$/,
  /^return\b.{0,120};$/,
  /^[\w$]{1,40}(?:\.[\w$]{1,40}){0,5}\(.{0,120}\);?$/,
  /^\}(?:\){1,3};?|;)$/,
  /^@[A-Z]\w{1,40}\(/,
  // Queries and shells
  /^(?:SELECT\b(?:.{0,120}\bFROM\b| [\w.*"]{1,40}(?:,|$))|INSERT INTO |UPDATE \w{1,40} SET|DELETE FROM |CREATE (?:TABLE|INDEX|VIEW) |ALTER TABLE )/,
  /^(?:\$ [a-z]|npm (?:run|install|i|test)\b|npx |pip install |git (?:commit|push|rebase|checkout|merge)\b|docker (?:run|build|compose|exec) |kubectl |curl -)/,
];

/** Lines that only a change of code has. */
const diffLine = /^(?:diff --git |@@ -\d{1,9}(?:,\d{1,9})? \+\d{1,9})/;

/** Lines that only the trace of a failure has: of JavaScript, Java and .NET, Python, Go, Rust. */
const traceLine =
  /^(?:at (?:async |new ){0,2}[\w$.<>[\]/]{1,100} ?\(.{0,120}(?:[a-z]:\d|native|Unknown Source)|at (?:async )?(?:file:\/\/)?\/\S|Traceback \(most recent call last\)|File ".{1,120}", line \d|Exception in thread|Caused by: |goroutine \d{1,9} \[|thread '.{1,60}' panicked at|panic: )/;

/** The languages of code blocks. Named, for a block may be labelled with anything, and what a request says is not repeated. */
const languages = new Set(
  `bash c c# c++ clojure cpp cs csharp css dart diff dockerfile elixir erlang fsharp go golang graphql groovy haskell hcl java javascript jl js jsx julia
  kotlin kt lua makefile matlab mjs nix objc ocaml perl php powershell proto ps1 py python r rb rs ruby rust scala sh shell solidity sql svelte swift
  terraform toml ts tsx typescript vb vue wasm zig zsh`.split(/\s+/),
);

/** What the lines of a text are. */
export interface CodeLines {
  /** Lines that look like code. */
  lines: number;
  hasDiff: boolean;
  hasTrace: boolean;
  /** The languages that code blocks name. */
  languages: string[];
}

/** Reads a text line by line, in time linear in it. */
export function readCodeLines(text: string): CodeLines {
  const found = { lines: 0, hasDiff: false, hasTrace: false };
  const named = new Set<string>();
  for (const whole of text.split('\n')) {
    const line = whole.slice(0, lookedAt).trim();
    if (line === '') continue;
    if (/^(?:```|~~~)/.test(line)) named.add(fencedLanguage(line));
    else if (diffLine.test(line)) found.hasDiff = true;
    else if (traceLine.test(line)) found.hasTrace = true;
    else if (shapes.some((shape) => shape.test(line))) found.lines += 1;
  }
  return { ...found, languages: [...named].filter((language) => languages.has(language)) };
}

/** `ts` of ```` ```ts title="a" ````. */
function fencedLanguage(line: string): string {
  return (/^[\w+#-]{0,20}/.exec(line.slice(3))?.[0] ?? '').toLowerCase();
}
