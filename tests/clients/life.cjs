// A recording's whole life through Twilio's Node library, one line a step; the sound goes on while it waits for an answer.
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const twilio = require("twilio");

const { URL: url, CALL: call, FOLDER: folder, CALLBACK: callback, ACCOUNT_SID: account, AUTH_TOKEN: token } = process.env;
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function done(step, facts) {
  console.log(JSON.stringify({ step, ...facts }));
  return JSON.parse((await answers.next()).value);
}

async function download(uri, extension) {
  const authorization = "Basic " + Buffer.from(`${account}:${token}`).toString("base64");
  const answer = await fetch(url + uri.replace(".json", extension), { headers: { authorization } });
  if (answer.status !== 200) throw new Error(`${uri} was answered ${answer.status}`);
  fs.writeFileSync(path.join(folder, "recording" + extension), Buffer.from(await answer.arrayBuffer()));
  return answer.headers.get("content-type");
}

async function life() {
  const client = twilio(account, token);
  client.api.baseUrl = url;
  await done("client", { version: require("twilio/package.json").version });
  const recordings = client.calls(call).recordings;
  const current = recordings("Twilio.CURRENT");

  const made = await recordings.create({ recordingChannels: "dual", recordingStatusCallback: callback });
  await done("create", { status: made.status, channels: made.channels, source: made.source });
  const paused = await current.update({ status: "paused", pauseBehavior: "skip" });
  await done("pause", { status: paused.status, same: paused.sid === made.sid });
  await done("resume", { status: (await current.update({ status: "in-progress" })).status });
  const second = await recordings.create();
  await done("second", { status: second.status, channels: second.channels });
  const first = await recordings(made.sid).update({ status: "stopped" });
  await done("stop", { first: first.status, second: (await current.update({ status: "stopped" })).status });

  for (const sid of [made.sid, second.sid])
    while ((await client.recordings(sid).fetch()).status !== "completed") await new Promise((go) => setTimeout(go, 100));
  const found = await client.recordings(made.sid).fetch();
  const age = (Date.now() - found.dateCreated.getTime()) / 1000;
  const dated = 0 <= age && age < 600;
  const facts = { duration: found.duration, channels: found.channels, price: found.price, dated };
  const { url: called, fields, signature } = await done("fetch", facts);
  const valid = twilio.validateRequest(token, signature, called, fields);
  const forged = twilio.validateRequest(token + "x", signature, called, fields);
  await done("callback", { of: fields.RecordingStatus, valid, forged });
  const dateCreatedAfter = new Date(Date.now() - 24 * 3600 * 1000);
  const listed = (await client.recordings.list({ callSid: call, dateCreatedAfter, pageSize: 1 })).map((row) => row.sid);
  const streamed = (await recordings.list({ pageSize: 1 })).map((row) => row.sid);
  const wanted = JSON.stringify([second.sid, made.sid]);
  await done("list", { newest_first: JSON.stringify(listed) === wanted && JSON.stringify(streamed) === wanted });
  await done("download", { wav: await download(found.uri, ".wav"), mp3: await download(found.uri, ".mp3") });
  await done("delete", { deleted: await client.recordings(made.sid).remove() });
  const error = await client.recordings(made.sid).fetch().catch((refused) => refused);
  await done("gone", { status: error.status, code: error.code });
}

life().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
