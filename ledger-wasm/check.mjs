// Asks the module itself: `node check.mjs ledger_wasm.wasm FOLDER`, with the folder of prove_mainnet.
import { readFileSync } from "node:fs";
const [file, folder] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(file), {});
const e = instance.exports;

function judge(bundle, trust) {
  const put = (room, bytes) => {
    const at = room(bytes.length); // may move the memory
    new Uint8Array(e.memory.buffer).set(bytes, at);
  };
  put(e.ledger_bundle_room, bundle);
  put(e.ledger_trust_room, new TextEncoder().encode(JSON.stringify(trust)));
  const len = e.ledger_verify();
  return JSON.parse(new TextDecoder().decode(new Uint8Array(e.memory.buffer, e.ledger_answer(), len)));
}

function expect(what, got, wanted) {
  console.log(`${what}: ${JSON.stringify(got).slice(0, 200)}`);
  if (got.verdict !== wanted) throw new Error(`${what}: ${got.verdict}, expected ${wanted}`);
}

const keys = [readFileSync(`${folder}/keys`, "utf8").trimEnd()];
for (const name of ["node.bundle", "agreement.json", "entry.bundle"]) {
  const bundle = readFileSync(`${folder}/${name}`);
  const right = judge(bundle, { keys, network: "sovrin-mainnet" });
  expect(name, right, "valid");
  expect(name, judge(bundle, {}), "consistent");
  expect(name, judge(bundle, { keys, network: "other" }), "invalid");
  for (let at = 0; at < bundle.length; at += 7) {
    const bad = Uint8Array.from(bundle);
    bad[at] ^= 1;
    // Of an empty state any other key is absent too: but it is that other key which is named.
    const same = JSON.stringify(judge(bad, { keys })) === JSON.stringify(right);
    if (same) throw new Error(`${name}: byte ${at} altered`);
  }
}
// What a network of four nodes answered.
const final = name => readFileSync(new URL(`../ledger-tool/tests/final/${name}.json`, import.meta.url));
const genesis = final("genesis").toString();
for (const name of ["request", "present", "absent"]) {
  expect(name, judge(final(name), { genesis }), "valid");
  expect(name, judge(final(name), {}), "consistent");
  expect(name, judge(final(name), { genesis: genesis.replace('"real"', '"other"') }), "invalid");
}
expect("later", judge(final("later"), { genesis: final("later-genesis").toString() }), "valid");
expect("later", judge(final("later"), { genesis }), "invalid");
if (e.ledger_bundle_room(1 << 27) !== 0) throw new Error("room beyond all bundles");
