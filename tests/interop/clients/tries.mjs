// The official TypeScript library tries each server of a configuration: prints {name: why it refuses, or ""}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [folder, path] = process.argv.slice(2);
const require = createRequire(folder + "/");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");

async function verdict(entry) {
  const client = new Client({ name: "tests", version: "1" });
  try {
    await client.connect(new StdioClientTransport({ ...entry, stderr: "ignore" }));
    if (client.getServerCapabilities().tools) await client.listTools();
    return "";
  } catch (error) {
    return String(error);
  } finally {
    await client.close();
  }
}

const verdicts = {};
const { mcpServers } = JSON.parse(readFileSync(path, "utf8"));
for (const [name, entry] of Object.entries(mcpServers)) verdicts[name] = await verdict(entry);
console.log(JSON.stringify(verdicts));
