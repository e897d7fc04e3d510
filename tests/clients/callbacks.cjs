// Twilio's Node validator over callbacks as they arrived: each by every spelling of its URL, and none with another token.
const twilio = require("twilio");

const { token, version, callbacks } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const installed = require("twilio/package.json").version;
if (installed !== version) throw new Error(`twilio ${installed} is installed, not ${version}`);

const wrong = [];
for (const { urls, fields, signature } of callbacks)
  for (const url of urls) {
    if (!twilio.validateRequest(token, signature, url, fields)) wrong.push(`refused: ${url}`);
    if (twilio.validateRequest(token + "x", signature, url, fields)) wrong.push(`accepted a forged one: ${url}`);
  }
if (wrong.length) {
  console.error(`${wrong.length} judged wrong, such as\n` + wrong.slice(0, 12).join("\n"));
  process.exit(1);
}
console.log(`${callbacks.length} callbacks accepted`);
