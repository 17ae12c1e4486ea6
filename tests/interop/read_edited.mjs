// Reads texts as clients do, one JSON string a line: [format, text]; answers with what it holds, or an error.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { parse, printParseErrorCode } = require("jsonc-parser");
const toml = await import(require.resolve("smol-toml").replace(/\.cjs$/, ".js"));

function readJSON(text) {
  const errors = [];
  const value = parse(text.replace(/^\ufeff/, ""), errors, { allowTrailingComma: true });
  if (errors.length) throw new Error(errors.map((error) => printParseErrorCode(error.error)).join(", "));
  return value;
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const [format, text] = JSON.parse(line);
  try {
    const value = format === "toml" ? toml.parse(text.replace(/^\ufeff/, "")) : readJSON(text);
    const answer = JSON.stringify({ value }, (_, each) => (typeof each === "bigint" ? String(each) : each));
    console.log(answer.replace(/[\u2028\u2029]/g, (each) => "\\u" + each.charCodeAt(0).toString(16)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
