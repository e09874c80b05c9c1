/** Names of whole files, in lower case. */
const BY_NAME: Readonly<Record<string, string>> = {
  authors: "Text",
  changelog: "Text",
  copying: "Text",
  copyright: "Text",
  dockerfile: "Dockerfile",
  license: "Text",
  makefile: "Make",
  readme: "Text",
};

/** What stands after the last dot, in lower case. */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  bash: "Shell",
  c: "C",
  cc: "C++",
  cjs: "JavaScript",
  conf: "Configuration",
  cpp: "C++",
  cs: "C#",
  css: "CSS",
  csv: "CSV",
  cts: "TypeScript",
  cxx: "C++",
  dart: "Dart",
  erl: "Erlang",
  ex: "Elixir",
  exs: "Elixir",
  fish: "Shell",
  go: "Go",
  h: "C",
  hh: "C++",
  hpp: "C++",
  hs: "Haskell",
  htm: "HTML",
  html: "HTML",
  ini: "Configuration",
  java: "Java",
  jl: "Julia",
  js: "JavaScript",
  json: "JSON",
  jsonc: "JSON",
  jsx: "JavaScript",
  kt: "Kotlin",
  less: "CSS",
  lua: "Lua",
  m4: "M4",
  markdown: "Markdown",
  md: "Markdown",
  mjs: "JavaScript",
  mk: "Make",
  ml: "OCaml",
  mts: "TypeScript",
  nim: "Nim",
  php: "PHP",
  pl: "Perl",
  pm: "Perl",
  pod: "Perl",
  ps1: "PowerShell",
  py: "Python",
  pyi: "Python",
  r: "R",
  rb: "Ruby",
  rs: "Rust",
  rst: "reStructuredText",
  s: "Assembly",
  sass: "CSS",
  scala: "Scala",
  scm: "Scheme",
  scss: "CSS",
  sh: "Shell",
  sql: "SQL",
  svelte: "Svelte",
  svg: "SVG",
  swift: "Swift",
  tcl: "Tcl",
  tex: "TeX",
  toml: "TOML",
  ts: "TypeScript",
  tsv: "CSV",
  tsx: "TypeScript",
  txt: "Text",
  vim: "Vim script",
  vue: "Vue",
  xml: "XML",
  yaml: "YAML",
  yml: "YAML",
  zig: "Zig",
  zsh: "Shell",
};

/** The language that a file is written in, judged by its name; the extension itself if no language is known for it. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const known = own(BY_NAME, name);
  if (known !== undefined) return known;
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return "(no extension)";
  return own(BY_EXTENSION, name.slice(dot + 1)) ?? name.slice(dot);
}

function own(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
