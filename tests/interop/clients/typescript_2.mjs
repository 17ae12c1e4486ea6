// The official TypeScript SDK 2.x as a client; what it is told and what it reports: ../clients.py.
import { createRequire } from "node:module";

const [folder, words] = process.argv.slice(2);
const require = createRequire(folder + "/");
const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");

const order = JSON.parse(words);
const transport = order.url
  ? new StreamableHTTPClientTransport(new URL(order.url))
  : new StdioClientTransport({ command: order.command, args: order.args });

async function call(name, args) {
  try {
    return await client.callTool({ name, arguments: args });
  } catch (error) {
    return { error: { code: error.code, message: error.message } };
  }
}

const mode = ["auto", "legacy"].includes(order.mode) ? order.mode : { pin: order.mode };
const client = new Client({ name: "tests", version: "1" }, { versionNegotiation: { mode } });
await client.connect(transport);
const revision = client.getNegotiatedProtocolVersion();
const { tools } = await client.listTools();
const results = [];
for (const [name, args] of order.calls) results.push(await call(name, args));
const ping = client.getProtocolEra() === "legacy" ? await client.ping() : undefined; // later revisions have none
await client.close();
console.log(JSON.stringify({ revision, tools: tools.map((tool) => tool.name), results, ping }));
