// get_cwd with the official TypeScript SDK, 1.x, found below the folder that the first argument names.
import { pathToFileURL } from "node:url";

const sdk = pathToFileURL(process.argv[2] + "/@modelcontextprotocol/sdk/dist/esm/server/").href;
const { McpServer } = await import(sdk + "mcp.js");
const { StdioServerTransport } = await import(sdk + "stdio.js");

const server = new McpServer({ name: "cwd", version: "1" });
server.registerTool("get_cwd", { description: "Gets the server's current working directory." }, async () => ({
  content: [{ type: "text", text: "Current Working Directory: " + process.cwd() }],
}));
await server.connect(new StdioServerTransport());
