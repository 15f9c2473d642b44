// Reads every order changed since a time with the npm package amazon-sp-api, as its users do. Arguments: port of the
// simulator, ISO time; LWA_ID, LWA_SECRET, LWA_TOKEN. Prints {"orders", "seconds"}.
const https = require('node:https');
const net = require('node:net');
const {SellingPartner} = require('amazon-sp-api');

const [port, since] = process.argv.slice(2);

// The package's hosts are fixed and https; its documented option takes any agent, and this one leads to the simulator.
class SimulatorAgent extends https.Agent {
  createConnection() {
    return net.connect(Number(port), '127.0.0.1');
  }
}

async function main() {
  const client = new SellingPartner({
    region: 'eu',
    refresh_token: process.env.LWA_TOKEN,
    credentials: {
      SELLING_PARTNER_APP_CLIENT_ID: process.env.LWA_ID,
      SELLING_PARTNER_APP_CLIENT_SECRET: process.env.LWA_SECRET,
    },
    options: {https_proxy_agent: new SimulatorAgent({keepAlive: true})},
  });
  const began = process.hrtime.bigint();
  const ids = new Set();
  const query = {
    lastUpdatedAfter: since,
    marketplaceIds: 'A1F83G8C2ARO7P',
    maxResultsPerPage: 100,
    includedData: 'BUYER,RECIPIENT,PROCEEDS,FULFILLMENT',
  };
  for (;;) {
    const page = await client.callAPI({api_path: '/orders/2026-01-01/orders', method: 'GET', query});
    for (const order of page.orders) ids.add(order.orderId);
    if (!page.pagination || !page.pagination.nextToken) break;
    query.paginationToken = page.pagination.nextToken;
  }
  console.log(JSON.stringify({orders: ids.size, seconds: Number(process.hrtime.bigint() - began) / 1e9}));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
